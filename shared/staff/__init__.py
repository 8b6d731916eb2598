"""What the staff pages show and do, a module per page. Nothing here knows of HTTP or HTML."""
