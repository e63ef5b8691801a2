"""What the overseer sees, and the button that stops the machine."""
