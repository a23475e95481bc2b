"""The columns of the tables, by what they are for."""

ID = "flight_id"
TIME = "time_hour"
DAY = "day"
TARGET = "late"

CATEGORIES = ["carrier", "origin", "dest"]
SCHEDULE = ["sched_dep_time", "sched_arr_time", "distance", "weekday"]
WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_dir", "wind_gust", "precip", "pressure", "visib"]
GAPLESS_WEATHER = [name for name in WEATHER if name != "wind_gust"]
"""A missing gust means that there was none; in the other columns a missing value is a gap in the measurements."""

NUMBERS = SCHEDULE + WEATHER
FEATURES = CATEGORIES + NUMBERS
"""What is known when the flight is due, in the order of the model's signature."""
