"""What `./dev bench` is made of; bench/run.py puts it together."""
