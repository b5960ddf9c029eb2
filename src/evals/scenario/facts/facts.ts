/** A process as its start record tells it. */
export interface ProcessFact {
  readonly guid: string;
  readonly parentGuid: string;
  readonly pid: number;
  readonly image: string;
  readonly command: string;
  readonly user: string;
  readonly host: string;
  /** Time of the record, ISO 8601 in UTC. */
  readonly at: string;
}

export interface AddressBytes {
  readonly address: string;
  readonly bytes: number;
}

/** What is true of a scenario: read from its records, not from the intention behind them. All times ISO 8601, UTC. */
export interface ScenarioFacts {
  readonly window: { readonly from: string; readonly to: string };
  readonly events: { readonly total: number; readonly byStream: Readonly<Record<string, number>> };
  /** Ids of everything the intruder did, and the hosts in the order in which they fell. */
  readonly intrusion: {
    readonly from: string;
    readonly to: string;
    readonly hosts: readonly string[];
    readonly processGuids: readonly string[];
    readonly connectionUids: readonly string[];
    readonly cloudEventIds: readonly string[];
  };
  readonly victim: {
    /** Computer name with domain. */
    readonly host: string;
    readonly address: string;
    /** Account name without domain. */
    readonly user: string;
    /** The document that was opened. */
    readonly document: string;
    /** The intruder's processes on this host, oldest first. */
    readonly processes: readonly ProcessFact[];
  };
  readonly commandAndControl: {
    readonly domain: string;
    readonly address: string;
    readonly connections: number;
    readonly bytesSent: number;
    readonly from: string;
    readonly to: string;
  };
  readonly credentialDump: {
    readonly host: string;
    readonly at: string;
    readonly command: string;
    readonly processGuid: string;
  };
  readonly lateralMovement: {
    /** Account that was used, without domain. */
    readonly account: string;
    readonly service: string;
    /** Hosts that were reached by remote service, in order; the first is the developer's workstation. */
    readonly hosts: readonly string[];
    readonly domainController: string;
  };
  readonly stolenKey: {
    readonly id: string;
    readonly user: string;
    readonly account: string;
    /** The address that used the key without its owner. */
    readonly address: string;
    /** Calls with this key by the thief, and by anyone. */
    readonly callsByThief: number;
    readonly calls: number;
    readonly operationsByThief: Readonly<Record<string, number>>;
    readonly from: string;
    readonly to: string;
    readonly createdKeyId: string;
  };
  readonly exfiltration: {
    readonly bucket: string;
    readonly objects: number;
    readonly objectBytes: number;
    readonly host: string;
    readonly domain: string;
    readonly address: string;
    readonly bytesSent: number;
  };
  readonly failedLogons: {
    readonly total: number;
    readonly most: { readonly user: string; readonly count: number };
    readonly byUser: Readonly<Record<string, number>>;
  };
  readonly traffic: {
    /** Source address that sent the most bytes over all connections. */
    readonly topTalker: AddressBytes;
    /** Who got most bytes over connections that the file server opened, most first. */
    readonly fileServer: {
      readonly host: string;
      readonly address: string;
      readonly receivers: readonly AddressBytes[];
    };
  };
}
