"""Measurements that a person runs. Compare numbers only with other runs on the same machine. See README.md."""
