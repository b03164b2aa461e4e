"""Quotes the price of a parcel."""
