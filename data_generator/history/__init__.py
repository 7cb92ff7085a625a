"""History: campaigns and past events, and the true laws of what customers do about them.

`event_types` is the catalogue, `event_attributes` what an event is worth to a customer, and
`event_outcomes` what follows from that by the churn law and the response law.
"""
