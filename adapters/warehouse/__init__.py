"""Warehouses: where customer data live and are turned into segments."""
