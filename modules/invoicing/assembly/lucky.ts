// SPDX-License-Identifier: Apache-2.0
// Numbers of Math.random, which AssemblyScript seeds through `env.seed`. Every request has a fresh instance, so no two
// requests may see the same ones: a host that copied a seeded instance would be caught here.
import { Json, Kind, Request, Response } from "../../sdk/as";

export function lucky(request: Request): Response {
  const numbers = Json.array();
  for (let index = 0; index < 4; ++index) {
    const number = new Json(Kind.Float);
    number.text = Math.random().toString();
    numbers.push(number);
  }
  return Response.ok(Json.object().set("numbers", numbers));
}
