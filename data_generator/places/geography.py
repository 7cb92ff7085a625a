"""Priors about states, and the 210 cities that stand for markets.

State figures are rounded, from general knowledge of public statistics: they give the modelled
places their order of magnitude and are no measurement of anything. Markets are large or regionally
dominant cities; a ZIP code belongs to the nearest. They are not the areas of any ratings company.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class State(NamedTuple):
    """A state or territory; income and home value are medians in thousands of dollars.

    `cost` is a cost-of-living index with the country at 100; the last four are percent of people.
    """

    name: str
    region: str
    income: float
    home_value: float
    cost: float
    white: float
    black: float
    hispanic: float
    asian: float


STATES: dict[str, State] = {
    "AK": State("Alaska", "West", 86, 340, 124, 59, 3, 7, 7),
    "AL": State("Alabama", "Southeast", 59, 200, 89, 65, 26, 5, 2),
    "AR": State("Arkansas", "Southeast", 56, 180, 88, 70, 15, 8, 2),
    "AZ": State("Arizona", "Southwest", 73, 380, 105, 53, 5, 32, 4),
    "CA": State("California", "West", 92, 660, 134, 35, 5, 40, 15),
    "CO": State("Colorado", "West", 88, 490, 106, 66, 4, 22, 3),
    "CT": State("Connecticut", "Northeast", 90, 340, 113, 64, 11, 18, 5),
    "DC": State("District of Columbia", "Northeast", 102, 680, 145, 37, 44, 12, 4),
    "DE": State("Delaware", "Northeast", 79, 310, 102, 61, 22, 10, 4),
    "FL": State("Florida", "Southeast", 68, 330, 103, 52, 15, 27, 3),
    "GA": State("Georgia", "Southeast", 71, 280, 93, 50, 32, 10, 4),
    "HI": State("Hawaii", "West", 95, 780, 180, 22, 2, 11, 37),
    "IA": State("Iowa", "Midwest", 71, 190, 90, 83, 4, 7, 3),
    "ID": State("Idaho", "West", 70, 380, 104, 80, 1, 13, 2),
    "IL": State("Illinois", "Midwest", 78, 240, 93, 59, 14, 18, 6),
    "IN": State("Indiana", "Midwest", 67, 200, 91, 76, 10, 8, 3),
    "KS": State("Kansas", "Midwest", 70, 200, 88, 74, 6, 13, 3),
    "KY": State("Kentucky", "Southeast", 60, 190, 91, 83, 8, 4, 2),
    "LA": State("Louisiana", "Southeast", 57, 200, 92, 57, 31, 6, 2),
    "MA": State("Massachusetts", "Northeast", 96, 520, 135, 68, 7, 13, 7),
    "MD": State("Maryland", "Northeast", 98, 390, 117, 48, 30, 12, 7),
    "ME": State("Maine", "Northeast", 69, 270, 110, 92, 2, 2, 1),
    "MI": State("Michigan", "Midwest", 68, 220, 91, 73, 14, 6, 3),
    "MN": State("Minnesota", "Midwest", 84, 300, 95, 77, 7, 6, 5),
    "MO": State("Missouri", "Midwest", 66, 210, 88, 77, 11, 5, 2),
    "MS": State("Mississippi", "Southeast", 53, 160, 86, 56, 37, 4, 1),
    "MT": State("Montana", "West", 67, 370, 103, 84, 1, 4, 1),
    "NC": State("North Carolina", "Southeast", 66, 270, 96, 61, 21, 10, 3),
    "ND": State("North Dakota", "Midwest", 74, 230, 95, 83, 3, 5, 2),
    "NE": State("Nebraska", "Midwest", 72, 210, 92, 77, 5, 12, 3),
    "NH": State("New Hampshire", "Northeast", 91, 350, 113, 88, 2, 4, 3),
    "NJ": State("New Jersey", "Northeast", 98, 420, 114, 52, 13, 22, 10),
    "NM": State("New Mexico", "Southwest", 59, 230, 94, 36, 2, 50, 2),
    "NV": State("Nevada", "West", 72, 400, 101, 45, 10, 30, 9),
    "NY": State("New York", "Northeast", 82, 390, 125, 54, 15, 20, 9),
    "OH": State("Ohio", "Midwest", 66, 200, 92, 76, 13, 5, 3),
    "OK": State("Oklahoma", "Southwest", 62, 180, 87, 63, 7, 12, 3),
    "OR": State("Oregon", "West", 77, 450, 113, 72, 2, 14, 5),
    "PA": State("Pennsylvania", "Northeast", 73, 240, 97, 74, 11, 9, 4),
    "PR": State("Puerto Rico", "Southeast", 25, 120, 101, 1, 1, 97, 1),
    "RI": State("Rhode Island", "Northeast", 81, 370, 111, 69, 6, 17, 4),
    "SC": State("South Carolina", "Southeast", 64, 240, 95, 62, 26, 7, 2),
    "SD": State("South Dakota", "Midwest", 70, 230, 92, 80, 2, 5, 2),
    "TN": State("Tennessee", "Southeast", 64, 260, 90, 72, 16, 7, 2),
    "TX": State("Texas", "Southwest", 73, 260, 93, 40, 12, 40, 5),
    "UT": State("Utah", "West", 87, 460, 103, 76, 1, 15, 3),
    "VA": State("Virginia", "Southeast", 87, 360, 102, 59, 19, 11, 7),
    "VT": State("Vermont", "Northeast", 74, 290, 114, 92, 1, 2, 2),
    "WA": State("Washington", "West", 90, 520, 115, 64, 4, 14, 10),
    "WI": State("Wisconsin", "Midwest", 72, 250, 95, 80, 6, 8, 3),
    "WV": State("West Virginia", "Southeast", 55, 150, 87, 91, 4, 2, 1),
    "WY": State("Wyoming", "West", 72, 290, 94, 83, 1, 11, 1),
    "AS": State("American Samoa", "West", 28, 110, 110, 1, 0, 1, 5),
    "FM": State("Federated States of Micronesia", "West", 20, 80, 110, 1, 0, 1, 2),
    "GU": State("Guam", "West", 58, 300, 125, 7, 1, 3, 36),
    "MH": State("Marshall Islands", "West", 20, 80, 110, 1, 0, 1, 2),
    "MP": State("Northern Mariana Islands", "West", 32, 180, 115, 2, 0, 1, 47),
    "PW": State("Palau", "West", 24, 120, 110, 1, 0, 1, 25),
    "VI": State("Virgin Islands", "Southeast", 40, 250, 122, 14, 72, 10, 1),
    # Military mail is sorted at a gateway city, whose region these codes take.
    "AA": State("Armed Forces Americas", "Southeast", 55, 250, 100, 55, 17, 18, 5),
    "AE": State("Armed Forces Europe", "Northeast", 55, 250, 100, 55, 17, 18, 5),
    "AP": State("Armed Forces Pacific", "West", 55, 250, 100, 55, 17, 18, 5),
}


def state_figures(figure: str, states: Sequence[str]) -> NDArray[np.float64]:
    """One figure of each row's state, named as in State."""
    by_state = {code: float(getattr(state, figure)) for code, state in STATES.items()}
    return np.array([by_state[code] for code in states])


# Where places without coordinates are put: their gateway or main city, latitude and longitude.
GATEWAYS: dict[str, tuple[float, float]] = {
    "AA": (25.8, -80.3),
    "AE": (40.7, -73.9),
    "AP": (37.7, -122.4),
}

HOME_STATES = frozenset(STATES) - {
    "AA", "AE", "AP", "AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"
}  # fmt: skip

MARKET_CITIES: dict[str, tuple[str, ...]] = {
    "AK": ("Anchorage", "Fairbanks"),
    "AL": ("Birmingham", "Huntsville", "Mobile", "Montgomery", "Dothan"),
    "AR": ("Little Rock", "Fort Smith", "Jonesboro"),
    "AZ": ("Phoenix", "Tucson", "Yuma", "Flagstaff"),
    "CA": (
        "Los Angeles", "San Francisco", "Sacramento", "San Diego", "Fresno", "Bakersfield",
        "Santa Barbara", "Salinas", "Chico", "Palm Springs",
    ),
    "CO": ("Denver", "Colorado Springs", "Grand Junction"),
    "CT": ("Hartford",),
    "DC": ("Washington",),
    "FL": (
        "Miami", "Tampa", "Orlando", "Jacksonville", "West Palm Beach", "Fort Myers",
        "Tallahassee", "Panama City", "Gainesville", "Pensacola",
    ),
    "GA": ("Atlanta", "Savannah", "Augusta", "Columbus", "Macon", "Albany"),
    "HI": ("Honolulu",),
    "IA": ("Des Moines", "Cedar Rapids", "Davenport", "Sioux City"),
    "ID": ("Boise", "Idaho Falls", "Twin Falls"),
    "IL": ("Chicago", "Springfield", "Peoria", "Rockford", "Quincy", "Carbondale"),
    "IN": ("Indianapolis", "South Bend", "Fort Wayne", "Evansville", "Lafayette", "Terre Haute"),
    "KS": ("Wichita", "Topeka"),
    "KY": ("Louisville", "Lexington", "Bowling Green", "Paducah"),
    "LA": ("New Orleans", "Baton Rouge", "Shreveport", "Lafayette", "Monroe", "Lake Charles",
           "Alexandria"),
    "MA": ("Boston", "Springfield"),
    "MD": ("Baltimore", "Salisbury"),
    "ME": ("Portland", "Bangor", "Presque Isle"),
    "MI": ("Detroit", "Grand Rapids", "Flint", "Lansing", "Traverse City", "Marquette"),
    "MN": ("Minneapolis", "Duluth", "Rochester", "Mankato"),
    "MO": ("Saint Louis", "Kansas City", "Springfield", "Columbia", "Joplin"),
    "MS": ("Jackson", "Gulfport", "Tupelo", "Meridian", "Hattiesburg", "Greenville"),
    "MT": ("Billings", "Missoula", "Great Falls", "Bozeman", "Glendive"),
    "NC": ("Charlotte", "Raleigh", "Greensboro", "Greenville", "Wilmington", "Asheville"),
    "ND": ("Fargo", "Minot"),
    "NE": ("Omaha", "Lincoln", "North Platte"),
    "NH": ("Manchester",),
    "NJ": ("Atlantic City",),
    "NM": ("Albuquerque", "Las Cruces", "Roswell"),
    "NV": ("Las Vegas", "Reno"),
    "NY": (
        "New York", "Albany", "Buffalo", "Syracuse", "Rochester", "Binghamton", "Utica",
        "Watertown", "Elmira",
    ),
    "OH": ("Cleveland", "Columbus", "Cincinnati", "Dayton", "Toledo", "Youngstown", "Lima"),
    "OK": ("Oklahoma City", "Tulsa"),
    "OR": ("Portland", "Eugene", "Medford", "Bend"),
    "PA": ("Philadelphia", "Pittsburgh", "Harrisburg", "Scranton", "Johnstown", "Erie"),
    "RI": ("Providence",),
    "SC": ("Greenville", "Columbia", "Charleston", "Florence"),
    "SD": ("Sioux Falls", "Rapid City"),
    "TN": ("Nashville", "Memphis", "Knoxville", "Chattanooga", "Johnson City", "Jackson"),
    "TX": (
        "Dallas", "Houston", "San Antonio", "Austin", "El Paso", "Harlingen", "Waco",
        "Corpus Christi", "Lubbock", "Amarillo", "Tyler", "Odessa", "Beaumont", "Wichita Falls",
        "Abilene", "Laredo", "San Angelo",
    ),
    "UT": ("Salt Lake City", "Saint George"),
    "VA": ("Norfolk", "Richmond", "Roanoke", "Charlottesville", "Harrisonburg"),
    "VT": ("Burlington",),
    "WA": ("Seattle", "Spokane", "Yakima"),
    "WI": ("Milwaukee", "Green Bay", "Madison", "La Crosse", "Wausau", "Eau Claire"),
    "WV": ("Charleston", "Wheeling", "Bluefield", "Clarksburg"),
    "WY": ("Cheyenne", "Casper"),
}  # fmt: skip
