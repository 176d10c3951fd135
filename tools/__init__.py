"""Small helpers of the Makefile.

Refuses to be imported by any room of the product.
"""
