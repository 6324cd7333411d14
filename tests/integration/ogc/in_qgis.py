"""What an analyst does in QGIS, in QGIS's own Python; run by test_qgis.py, prints JSON.

Arguments: the address of the API, a key, names of collections, and a small box, in degrees and
around it in web mercator, all with commas.
"""

import json
import os
import sys
import tempfile

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QGIS_AUTH_DB_DIR_PATH"] = os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp()

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize

BASE, KEY, COLLECTIONS, BOX = sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.argv[4]


def authenticated() -> str:
    """The id of a configuration with the key as password."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("a password", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("wangge")
    config.setConfig("username", "any")
    config.setConfig("password", KEY)
    manager.storeAuthenticationConfig(config)
    return config.id()


def layer(name: str, auth: str, more: str = "") -> QgsVectorLayer:
    return QgsVectorLayer(
        f"authcfg={auth} url='{BASE}/ogc' typename='{name}' {more}", name, "OAPIF"
    )


def read(found: QgsVectorLayer, request: QgsFeatureRequest) -> list[str]:
    return sorted(feature["id"] for feature in found.getFeatures(request))


def drawn(tiles: QgsVectorTileLayer, box: QgsRectangle) -> int:
    """How many colours a picture of the tiles has."""
    asked = QgsMapSettings()
    asked.setLayers([tiles])
    asked.setDestinationCrs(tiles.crs())
    asked.setExtent(box)
    asked.setOutputSize(QSize(64, 64))
    job = QgsMapRendererSequentialJob(asked)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    return len({picture.pixel(x, y) for x in range(64) for y in range(64)})


application = QgsApplication([], True)
application.initQgis()
auth = authenticated()
told: dict[str, object] = {"without a key": layer("cells", "").isValid()}
for name in COLLECTIONS:
    found = layer(name, auth, "pageSize='20'")
    told[name] = [found.isValid(), found.crs().authid(), read(found, QgsFeatureRequest())]
west, south, east, north, *mercator = map(float, BOX.split(","))
request = QgsFeatureRequest(QgsRectangle(west, south, east, north))
told["box"] = read(layer("cells", auth, "restrictToRequestBBOX='1'"), request)
address = f"{BASE}/tiles/cells/%7Bz%7D/%7Bx%7D/%7By%7D.mvt"
tiles = QgsVectorTileLayer(f"type=xyz&url={address}&zmin=9&zmax=14&authcfg={auth}", "tiles")
told["tiles"] = [tiles.isValid(), drawn(tiles, QgsRectangle(*mercator))]
sys.stdout.write(json.dumps(told))
sys.stdout.flush()
os._exit(0)  # QGIS ends with a fault when its Python objects go in the wrong order
