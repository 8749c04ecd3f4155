"""Beam's external worker pool, whose workers run our code for Flink and other runners."""
