from nautobot.apps.jobs import IPAddressVar, IPAddressWithMaskVar, IPNetworkVar, Job, register_jobs

name = "Addresses"


class DescribeAddresses(Job):
    host = IPAddressVar(description="A host address")
    interface = IPAddressWithMaskVar(label="Interface address")
    network = IPNetworkVar(min_prefix_length=8, max_prefix_length=30)
    host6 = IPAddressVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, host, interface, network, host6):
        self.logger.info("%s is version %d", host, host.version)
        self.logger.info("%s lies in %s", interface.ip, interface.network)
        self.logger.info("%s has %d bits", network, network.prefixlen)
        return {
            "host": str(host),
            "value": host.value,
            "interface": str(interface),
            "mask": str(interface.netmask),
            "network": str(network.cidr),
            "first": str(network.network),
            "inside": host in network,
            "host6": str(host6) if host6 else None,
        }


register_jobs(DescribeAddresses)
