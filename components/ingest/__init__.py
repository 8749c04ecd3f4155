"""FaceIngest: label sources and image folders become one manifest, a row a labelled face."""
