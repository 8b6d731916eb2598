"""Large bodies: their port, and an adapter for a folder and one for Cloud Storage."""
