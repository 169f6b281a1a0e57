"""The text protocol of an episode: messages out, actions in. Compatible with the released checkpoint."""
