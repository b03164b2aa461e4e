"""Runs functions on this machine."""
