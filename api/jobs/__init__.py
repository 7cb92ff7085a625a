"""Jobs: background work of a service: the supervisor of simulations, watches and deliveries.

Others use `supervisor`, `watch`, `webhook_delivery`, `conclusions` and `deadlines`.
"""
