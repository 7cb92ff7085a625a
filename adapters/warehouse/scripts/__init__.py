"""Scripts: the numbered SQL, run on either engine, and the tables that it declares."""
