"""Through the uploaded .mbp: a real maubot, a real Synapse, real people."""
