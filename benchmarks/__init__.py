"""What trainstop claims about speed, measured beside what it is compared with, in the same run, on the same machine."""
