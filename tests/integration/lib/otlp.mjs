// A collector of traces, as OpenTelemetry's protocol wants it: HTTP/protobuf or gRPC, plain or TLS. What it is sent is decoded by the numbers
// of the public protocol (OTLP 1.x), written down here again, so that a slip in the gateway's own copy shows.
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";

import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  package otlp;
  message Request { repeated ResourceSpans resource_spans = 1; }
  message Response { PartialSuccess partial_success = 1; }
  message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; Kind kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
    repeated Event events = 11; uint32 dropped_events_count = 12; repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15;
    fixed32 flags = 16;
  }
  enum Kind { UNSPECIFIED = 0; INTERNAL = 1; SERVER = 2; CLIENT = 3; PRODUCER = 4; CONSUMER = 5; }
  message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { string message = 2; Code code = 3; }
  enum Code { UNSET = 0; OK = 1; ERROR = 2; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; Array array_value = 5; KeyValues kvlist_value = 6; bytes bytes_value = 7; }
  }
  message Array { repeated AnyValue values = 1; }
  message KeyValues { repeated KeyValue values = 1; }
  `,
  { keepCase: true },
);
const Request = root.lookupType("otlp.Request");
const Response = root.lookupType("otlp.Response");

// An AnyValue as the value it is.
const plain = (any) => {
  if (any?.array_value) return (any.array_value.values ?? []).map(plain);
  return any?.int_value !== undefined ? Number(any.int_value) : (any?.string_value ?? any?.bool_value ?? any?.double_value);
};
const attributesOf = (list = []) => {
  const all = {};
  for (const { key, value } of list) {
    if (key in all) throw new Error(`attribute ${key} stands twice`);
    all[key] = plain(value);
  }
  return all;
};

// The spans of a request, flat: ids as hex, attributes as an object, times as BigInt nanoseconds.
export function spansOf(bytes) {
  const request = Request.toObject(Request.decode(bytes), { enums: String, longs: String, bytes: Buffer });
  return (request.resource_spans ?? []).flatMap(({ resource, scope_spans = [] }) =>
    scope_spans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => ({
        resource: attributesOf(resource?.attributes),
        scope: scope?.name,
        trace: Buffer.from(span.trace_id ?? []).toString("hex"),
        id: Buffer.from(span.span_id ?? []).toString("hex"),
        parent: Buffer.from(span.parent_span_id ?? []).toString("hex"),
        name: span.name,
        kind: span.kind,
        begin: BigInt(span.start_time_unix_nano ?? 0),
        end: BigInt(span.end_time_unix_nano ?? 0),
        flags: span.flags,
        status: span.status?.code ?? "UNSET",
        attributes: attributesOf(span.attributes),
        events: (span.events ?? []).map(({ name, time_unix_nano }) => ({ name, at: BigInt(time_unix_nano) })),
      })),
    ),
  );
}

// {spans, requests: [{headers, spans}], close(), origin|address}; `answers` is a queue of what to say instead of "taken":
//   HTTP   {status, headers?, rejected?}
//   gRPC   {code, details?, metadata?: {name: Buffer|string}, rejected?}
class Collector {
  answers = [];
  requests = [];
  get spans() {
    return this.requests.filter(({ taken }) => taken).flatMap(({ spans }) => spans);
  }
  // Spans of one trace, the server's first.
  trace(id) {
    return this.spans.filter(({ trace }) => trace === id).sort((a, b) => (a.kind === b.kind ? Number(a.begin - b.begin) : a.kind === "SERVER" ? -1 : 1));
  }
  take(bytes, headers, answer) {
    const taken = !answer || (answer.status ?? 200) < 300;
    this.requests.push({ headers, spans: spansOf(bytes), taken: taken && !answer?.code });
    return Response.encode(answer?.rejected ? { partial_success: { rejected_spans: answer.rejected, error_message: "too old" } } : {}).finish();
  }
}

export async function httpCollector({ tls } = {}) {
  const collector = new Collector();
  const handler = (request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const answer = collector.answers.shift();
      const body = collector.take(Buffer.concat(parts), { ...request.headers, ":method": request.method, ":path": request.url }, answer);
      response.writeHead(answer?.status ?? 200, { "content-type": "application/x-protobuf", ...answer?.headers });
      response.end(body);
    });
  };
  const server = tls ? createTlsServer(tls, handler) : createServer(handler);
  server.on("tlsClientError", () => {});
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  collector.origin = `http${tls ? "s" : ""}://${tls ? "localhost" : "127.0.0.1"}:${server.address().port}`;
  collector.close = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return collector;
}

export async function grpcCollector({ tls } = {}) {
  const collector = new Collector();
  const server = new grpc.Server();
  const raw = (bytes) => bytes;
  const service = {
    Export: {
      path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      ...{ requestStream: false, responseStream: false },
      ...{ requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw },
    },
  };
  server.addService(service, {
    Export: (call, reply) => {
      const answer = collector.answers.shift();
      const body = collector.take(call.request, call.metadata.getMap(), answer);
      if (!answer?.code) return reply(null, Buffer.from(body));
      const metadata = new grpc.Metadata();
      for (const [name, value] of Object.entries(answer.metadata ?? {})) metadata.set(name, value);
      reply({ code: answer.code, details: answer.details ?? "not now", metadata });
    },
  });
  const credentials = tls ? grpc.ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]) : grpc.ServerCredentials.createInsecure();
  const port = await new Promise((resolve, reject) => server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound))));
  collector.address = `${tls ? "https://localhost" : "127.0.0.1"}:${port}`;
  collector.close = () => server.forceShutdown();
  return collector;
}

export const { status: grpcStatus } = grpc;

// google.rpc.Status with one detail, RetryInfo: what a collector that is full says in grpc-status-details-bin.
export function retryInfo(seconds) {
  const rpc = protobuf.parse(
    `syntax = "proto3"; message Duration { int64 seconds = 1; int32 nanos = 2; } message RetryInfo { Duration retry_delay = 1; }
     message Any { string type_url = 1; bytes value = 2; } message Status { int32 code = 1; string message = 2; repeated Any details = 3; }`,
    { keepCase: true },
  ).root;
  const encode = (type, fields) => rpc.lookupType(type).encode(rpc.lookupType(type).fromObject(fields)).finish();
  const value = encode("RetryInfo", { retry_delay: { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) } });
  return Buffer.from(encode("Status", { code: 8, message: "full", details: [{ type_url: "type.googleapis.com/google.rpc.RetryInfo", value }] }));
}
