"""Warehouses: load customer data, build the twins from them and read the live build."""
