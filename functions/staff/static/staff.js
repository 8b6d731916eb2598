/* What the staff pages do beside HTML: follow what happens, and copy. Every page works without it. */
