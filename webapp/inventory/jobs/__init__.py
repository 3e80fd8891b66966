"""The objects of the inventory as jobs read and change them."""
