"""Segments: the eight latent groups and the law of every behavior that tells them apart.

Every figure here is chosen, so that the segments have the shares, monthly revenue and signals the
carrier knows them by while their members still differ as people do. Tuples run from S1 to S8:
Value Seekers, Data Streamers, Family Connectors, Steady Loyalists, Premium Techies, Rural
Reliables, Young Digitals, At-Risk Defectors. The segment itself is written to no file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data_generator.draws import Floats

Figures = tuple[float, ...]
Weights = tuple[Figures, ...]

SEGMENT_IDS = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8")
SHARE = (0.20, 0.16, 0.18, 0.15, 0.10, 0.08, 0.09, 0.04)
ARPU_DOLLARS = (38.0, 72.0, 125.0, 52.0, 95.0, 48.0, 55.0, 45.0)

# People ------------------------------------------------------------------------------------------
AGE_MEAN = (38, 33, 42, 65, 37, 54, 23.5, 43)
AGE_SPREAD = (9, 7, 6, 6, 7, 9, 2.6, 10)
AGE_RANGE = ((18, 72), (18, 60), (27, 62), (52, 88), (22, 62), (28, 84), (18, 29), (19, 75))
FEMALE = (0.52, 0.46, 0.55, 0.52, 0.40, 0.48, 0.52, 0.49)
TENURE_MEDIAN_MONTHS = (5.4, 11, 18, 92, 11, 30, 6.0, 10)
TENURE_SPREAD = (0.75, 0.75, 0.75, 0.24, 0.75, 0.65, 0.70, 0.60)  # of the logarithm
TENURE_RANGE = ((1, 48), (1, 110), (1, 150), (49, 200), (1, 110), (2, 180), (1, 40), (3, 60))

# weights of Urban, Suburban, Rural, Remote places, per person living there
AREA_CLASS_WEIGHTS: Weights = (
    (1.00, 0.75, 0.02, 0.02),
    (1.20, 1.00, 0.03, 0.03),
    (0.35, 1.60, 0.06, 0.06),
    (0.70, 1.05, 0.04, 0.04),
    (1.60, 0.90, 0.02, 0.02),
    (0.01, 0.02, 1.00, 2.50),
    (1.50, 0.80, 0.02, 0.02),
    (1.00, 1.00, 0.08, 0.08),
)
# logits per standard deviation of the place's log income: who lives where
INCOME_LOGITS = (-1.1, 0.2, 0.6, 0.0, 1.3, -0.1, -0.2, -0.5)

# Account -----------------------------------------------------------------------------------------
# Glacier, Flurry, Powder, Blizzard, Avalanche, Summit
PLANS: Weights = (
    (0.40, 0.40, 0.20, 0, 0, 0),
    (0, 0, 0.08, 0.86, 0, 0.06),
    (0, 0, 0.06, 0.10, 0.84, 0),
    (0, 0.20, 0.77, 0.03, 0, 0),
    (0, 0, 0.02, 0.12, 0, 0.86),
    (0, 0.38, 0.60, 0.02, 0, 0),
    (0.02, 0.12, 0.77, 0.09, 0, 0),
    (0, 0.40, 0.43, 0.17, 0, 0),
)
SECOND_LINE = (0.07, 0.03, 0.92, 0.06, 0.04, 0.06, 0.02, 0.04)  # chance, on plans that allow two
FAMILY_LINES = (0.32, 0.41, 0.18, 0.09)  # 3, 4, 5, 6 on the family plan
# Retail Store, Online, Telesales, Partner, Referral
ACQUISITION: Weights = (
    (0.30, 0.30, 0.12, 0.18, 0.10),
    (0.22, 0.52, 0.06, 0.08, 0.12),
    (0.46, 0.24, 0.08, 0.08, 0.14),
    (0.58, 0.06, 0.20, 0.10, 0.06),
    (0.26, 0.54, 0.03, 0.05, 0.12),
    (0.62, 0.08, 0.12, 0.12, 0.06),
    (0.10, 0.46, 0.02, 0.07, 0.35),
    (0.30, 0.28, 0.20, 0.14, 0.08),
)
# NoContract, 12M, 24M, DevicePayment, for postpaid accounts
CONTRACTS: Weights = (
    (0.72, 0.10, 0.06, 0.12),
    (0.40, 0.12, 0.13, 0.35),
    (0.20, 0.13, 0.27, 0.40),
    (0.62, 0.12, 0.18, 0.08),
    (0.18, 0.08, 0.14, 0.60),
    (0.50, 0.18, 0.20, 0.12),
    (0.66, 0.09, 0.04, 0.21),
    (0.60, 0.16, 0.12, 0.12),
)
# AutoPay, Card, Manual, Cash
PAYMENT: Weights = (
    (0.14, 0.40, 0.26, 0.20),
    (0.60, 0.32, 0.07, 0.01),
    (0.82, 0.13, 0.05, 0.00),
    (0.48, 0.22, 0.28, 0.02),
    (0.84, 0.14, 0.02, 0.00),
    (0.30, 0.24, 0.38, 0.08),
    (0.46, 0.46, 0.06, 0.02),
    (0.10, 0.38, 0.42, 0.10),
)
# A, B, C, D
CREDIT: Weights = (
    (0.10, 0.30, 0.40, 0.20),
    (0.38, 0.40, 0.18, 0.04),
    (0.52, 0.36, 0.10, 0.02),
    (0.62, 0.30, 0.07, 0.01),
    (0.64, 0.30, 0.05, 0.01),
    (0.36, 0.40, 0.19, 0.05),
    (0.14, 0.44, 0.34, 0.08),
    (0.08, 0.26, 0.42, 0.24),
)
PAPERLESS = (0.55, 0.88, 0.80, 0.35, 0.94, 0.38, 0.96, 0.58)
LATE = (0.10, 0.04, 0.03, 0.02, 0.02, 0.05, 0.07, 0.42)  # chance a bill is not paid on time
PROTECTION = (0.04, 0.15, 0.62, 0.30, 0.45, 0.18, 0.14, 0.12)
STREAMING = (0.01, 0.91, 0.14, 0.01, 0.04, 0.01, 0.08, 0.02)
ROAMING_OPTION = (0.02, 0.10, 0.12, 0.05, 0.62, 0.02, 0.08, 0.04)
ROAMING_MONTH = 0.22  # chance that a customer with the option roams in a month; chosen
ROAMING_DAYS_MEAN = 3.0  # in a month with roaming, at least one; chosen
# dollars a month taken off on average: promotions of the plan, set so that bills meet ARPU_DOLLARS
PROMOTION_DOLLARS = (1.0, 13.9, 16.9, 4.3, 6.2, 5.6, 5.4, 12.3)

# Use per month -----------------------------------------------------------------------------------
DATA_GB = (3.5, 46.0, 38.0, 4.6, 22.0, 7.6, 16.5, 9.5)
DATA_SPREAD = (0.28, 0.24, 0.26, 0.30, 0.26, 0.28, 0.22, 0.28)
VOICE_MINUTES = (260, 210, 860, 760, 300, 460, 105, 340)
MESSAGES = (240, 330, 950, 75, 340, 150, 1050, 230)
USE_SPREAD = 0.26  # of the logarithm of voice and messages between people of a segment
MONTH_SPREAD = 0.20  # of the logarithm of use between the months of a person

# Devices and digital life ------------------------------------------------------------------------
# Flagship iOS, flagship Android, mid iOS, mid Android, budget Android
DEVICES: Weights = (
    (0.00, 0.01, 0.04, 0.10, 0.85),
    (0.02, 0.09, 0.08, 0.79, 0.02),
    (0.10, 0.06, 0.34, 0.46, 0.04),
    (0.01, 0.02, 0.14, 0.67, 0.16),
    (0.96, 0.03, 0.01, 0.00, 0.00),
    (0.01, 0.02, 0.06, 0.76, 0.15),
    (0.08, 0.02, 0.72, 0.17, 0.01),
    (0.03, 0.05, 0.18, 0.54, 0.20),
)
DEVICE_AGE_MONTHS = (26, 13, 17, 34, 5, 36, 14, 28)
DEVICE_AGE_SPREAD = 0.40
REWARDS = (0.14, 0.40, 0.56, 0.88, 0.72, 0.40, 0.46, 0.12)
APP_USER = (0.62, 0.96, 0.90, 0.34, 0.99, 0.36, 0.99, 0.66)
APP_ENGAGEMENT = (0.38, 0.68, 0.55, 0.24, 0.80, 0.24, 0.86, 0.36)
APP_SPREAD = 0.45  # of the logit
NPS = (6.4, 7.6, 7.8, 9.1, 8.5, 7.2, 6.9, 1.8)
NPS_SPREAD = (1.4, 1.2, 1.2, 0.9, 1.1, 1.3, 1.4, 1.2)
NPS_ASKED = 0.85
# chance to leave within twelve months; its share-weighted mean is that of 1.8 % churn a month
CHURN_RISK = (0.27, 0.15, 0.10, 0.05, 0.12, 0.12, 0.30, 0.84)
CHURN_SPREAD = 0.35  # of the logit
# Price, Competitor Offer, Coverage, Service Experience, Device Upgrade, Life Change
CHURN_REASONS: Weights = (
    (0.56, 0.24, 0.04, 0.06, 0.04, 0.06),
    (0.24, 0.36, 0.10, 0.10, 0.14, 0.06),
    (0.34, 0.28, 0.06, 0.12, 0.06, 0.14),
    (0.22, 0.12, 0.10, 0.26, 0.04, 0.26),
    (0.08, 0.36, 0.12, 0.14, 0.26, 0.04),
    (0.14, 0.10, 0.58, 0.10, 0.02, 0.06),
    (0.34, 0.38, 0.06, 0.06, 0.12, 0.04),
    (0.24, 0.22, 0.14, 0.36, 0.02, 0.02),
)

# Contacts ----------------------------------------------------------------------------------------
CONTACTS_A_YEAR = (2.3, 1.75, 2.7, 1.4, 1.55, 2.85, 2.0, 5.4)  # without complaints
COMPLAINTS_A_YEAR = (0.30, 0.18, 0.22, 0.10, 0.14, 0.45, 0.22, 6.5)
OFFERS_A_YEAR = (7.2, 6.9, 6.9, 6.0, 7.1, 5.8, 7.8, 8.6)
# App, Chat, Call, Email, Store, Social
CHANNELS: Weights = (
    (0.12, 0.24, 0.34, 0.06, 0.20, 0.04),
    (0.36, 0.34, 0.14, 0.08, 0.04, 0.04),
    (0.24, 0.22, 0.30, 0.10, 0.12, 0.02),
    (0.04, 0.04, 0.60, 0.08, 0.23, 0.01),
    (0.40, 0.32, 0.12, 0.10, 0.04, 0.02),
    (0.04, 0.05, 0.50, 0.05, 0.35, 0.01),
    (0.36, 0.34, 0.04, 0.04, 0.02, 0.20),
    (0.08, 0.18, 0.44, 0.10, 0.08, 0.12),
)
# Billing, Technical, Sales, Account, General
CATEGORIES: Weights = (
    (0.48, 0.12, 0.16, 0.14, 0.10),
    (0.18, 0.42, 0.18, 0.12, 0.10),
    (0.28, 0.18, 0.18, 0.26, 0.10),
    (0.26, 0.22, 0.06, 0.24, 0.22),
    (0.12, 0.32, 0.34, 0.12, 0.10),
    (0.20, 0.46, 0.08, 0.14, 0.12),
    (0.24, 0.26, 0.26, 0.14, 0.10),
    (0.46, 0.26, 0.04, 0.18, 0.06),
)
SENTIMENT = (-0.05, 0.10, 0.12, 0.25, 0.18, 0.00, 0.08, -0.55)
PRICE_SENSITIVITY = (0.88, 0.42, 0.48, 0.45, 0.15, 0.55, 0.62, 0.75)  # latent, 0 .. 1


def segment_figure(figures: tuple[float, ...], segment: NDArray[np.int8]) -> Floats:
    """The figure of each row's segment."""
    return np.asarray(figures, dtype=np.float64)[segment]
