// A data plane that only reports: request records of a test's own, at any time, by the protocol that real ones speak.
import { fileURLToPath } from "node:url";

import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";

const root = new protobuf.Root();
root.resolvePath = (_, name) => fileURLToPath(new URL(`../../../proto/${name}`, import.meta.url));
root.loadSync("smartroute/v1/telemetry.proto");
const Request = root.lookupType("smartroute.v1.ReportRequest");
const Response = root.lookupType("smartroute.v1.ReportResponse");

export class Reporter {
  next = 1; // sequence of the next record
  constructor(gateway, instanceId = "made-up") {
    const { grpc: address } = gateway.control.ready;
    const method = {
      path: "/smartroute.v1.Telemetry/Report",
      requestStream: false,
      responseStream: false,
      requestSerialize: (message) => Buffer.from(Request.encode(Request.fromObject(message)).finish()),
      requestDeserialize: (bytes) => Request.decode(bytes),
      responseSerialize: (message) => Buffer.from(Response.encode(message).finish()),
      responseDeserialize: (bytes) => Response.decode(bytes),
    };
    const Client = grpc.makeGenericClientConstructor({ report: method }, "Telemetry");
    this.client = new Client(address, grpc.credentials.createInsecure());
    this.instanceId = instanceId;
    this.bootId = `${instanceId}-${process.pid}`;
  }

  // Records with fields as in telemetry.proto, in camelCase; how many were acknowledged.
  report(records, firstSequence = this.next) {
    const message = { instanceId: this.instanceId, bootId: this.bootId, firstSequence, records };
    this.next = Math.max(this.next, firstSequence + records.length);
    return new Promise((resolve, reject) => this.client.report(message, (error, answer) => (error ? reject(error) : resolve(Number(answer.stored)))));
  }

  close() {
    this.client.close();
  }
}
