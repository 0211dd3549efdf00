"""Who this is: the person key, the device key it certifies, and how both are kept."""
