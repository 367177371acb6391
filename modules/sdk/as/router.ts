// SPDX-License-Identifier: Apache-2.0
// The route table. The index of a route is its handler id.
import * as host from "./host";
import { parse } from "./json_parser";
import { handOver } from "./memory";
import { Request } from "./request";
import { Response } from "./response";

export type Handler = (request: Request) => Response;

export class Route {
  constructor(public method: string, public path: string, public permission: string, public handler: Handler) {}
}

/** For `init`. */
export function register(routes: Route[]): void {
  for (let id = 0; id < routes.length; ++id) {
    const route = routes[id];
    const code = host.registerRoute(route.method, route.path, id, route.permission);
    if (code < 0) {
      host.log(host.Level.Error, "route " + route.method + " " + route.path + " was refused: " + code.toString());
    }
  }
}

/** For `handle`. */
export function serve(routes: Route[], handlerId: u32, request: usize, requestLength: u32): usize {
  const value = parse(String.UTF8.decodeUnsafe(request, requestLength));
  if (value == null) {
    // The host's text is JSON for sure; only a body nested beyond reason is refused here.
    return handOver(Response.refuse(400, "INVALID_REQUEST", "the body is nested too deeply").toString());
  }
  if (handlerId >= <u32>routes.length) {
    return handOver(Response.refuse(500, "INTERNAL_ERROR", "unknown handler id").toString());
  }
  const handler = routes[handlerId].handler;
  return handOver(handler(new Request(value)).toString());
}
