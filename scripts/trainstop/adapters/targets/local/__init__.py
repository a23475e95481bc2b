"""The embedded target: processes on this machine, behind Envoy on loopback."""
