"""What members that call a service share: keys, plain HTTP, chat endpoints, prices and pictures as they go over the wire."""
