"""StatisticsGen: TFDV's statistics of every stored feature, without reading the pictures."""
