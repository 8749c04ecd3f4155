"""The drawn demo data set: synthetic faces in the exact layout of Adience."""
