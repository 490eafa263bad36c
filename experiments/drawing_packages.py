"""To be imported before h5py, matplotlib and numpy: where one of them is missing, the program ends with one line about it."""

from needed_packages import need

need("h5py", "matplotlib", "numpy")
