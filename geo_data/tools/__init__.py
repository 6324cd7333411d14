"""Programs that make shipped data again; run by people, never by the product."""
