"""The door of GIS programs: OGC API Features over HTTP and as pages for people.

What a request asks is turned into typed values here and read through `geo_data.features`; nothing
here knows SQL, nothing below knows a link.
"""
