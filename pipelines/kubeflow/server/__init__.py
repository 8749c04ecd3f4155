"""Kubeflow's server: uploads, runs and schedules, through kfp's client."""
