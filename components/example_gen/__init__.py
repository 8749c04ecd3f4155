"""FaceExampleGen: decodes and resizes the accepted faces into TFRecord shards, a split a fold."""
