"""Packaging. Run-time dependencies live here and nowhere else; `requirements.lock` pins them."""

from setuptools import find_packages, setup

setup(
    name="facefold",
    version="0.1.0",
    description="Label files and raw face images in; an evaluated, reviewed classifier out.",
    python_requires=">=3.11,<3.12",
    packages=find_packages(include=["schemas*", "components*", "pipelines*"]),
    package_data={
        "schemas": ["**/*.pbtxt"],
        "components": ["**/templates/*.j2"],
        "pipelines": ["configs/**/*.yaml"],
    },
    install_requires=[
        "apache-beam==2.72.0",
        "dask[distributed]==2024.2.1",
        "dill",
        "jinja2",
        "google-crc32c",
        "h5py",
        "keras==3.15.1",
        "keras-tuner==1.4.8",
        "ml-metadata==1.16.0",
        "numpy==1.26.4",
        "opencv-python-headless<4.12",
        "pillow",
        "pyarrow==10.0.1",
        "pyyaml",
        "setuptools<81",
        "simplejpeg",
        "tensorboard",
        "tensorflow==2.16.2",
        "tensorflow-data-validation==1.16.1",
        "tensorflow-model-analysis<0.48",
        "tensorflow-transform==1.16.0",
        "tfx[kfp]==1.16.0",
        "tfx-bsl==1.16.1",
        "xxhash",
    ],
    extras_require={
        "dev": [
            "hypothesis",
            "import-linter",
            "mypy",
            "pre-commit",
            "pytest",
            "pytest-cov",
            "ruff",
            "types-PyYAML",
        ]
    },
    entry_points={"console_scripts": ["facefold=pipelines.cli:main"]},
)
