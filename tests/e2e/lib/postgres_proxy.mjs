// SPDX-License-Identifier: Apache-2.0
// Stands between a server under test and PostgreSQL, counts what is asked, and lets the test decide over each question: by PostgreSQL's message flow
// (its manual, chapter 55), a question is what ends with Query or Sync, and its answer ends with ReadyForQuery.
import net from "node:net";

const startup = 196608;  // protocol 3.0
const letter = (char) => char.charCodeAt(0);

export class PostgresProxy {
  /** Questions since the count was last set to 0, of all connections. */
  count = 0;
  /**
   * Asked before each question is passed on, with its number; gives "pass", "cut" (the connection ends, the server never hears the question) or
   * "cut after" (it ends once the server has answered, and nobody hears the answer). May be asynchronous. Nothing set: everything passes.
   */
  decide = null;

  /** A proxy on a free port of loopback, before the server at `port`. */
  static async open(port) {
    const proxy = new PostgresProxy();
    proxy.#target = port;
    proxy.#listener = net.createServer((client) => proxy.#accept(client));
    await new Promise((resolve, reject) => proxy.#listener.on("error", reject).listen(0, "127.0.0.1", resolve));
    return proxy;
  }
  get port() {
    return this.#listener.address().port;
  }
  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #target;
  #listener;
  #sockets = new Set();

  #accept(client) {
    const server = net.connect({ host: "127.0.0.1", port: this.#target, noDelay: true });
    client.setNoDelay(true);
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", cut).on("close", () => {
        this.#sockets.delete(socket);
        cut();
      });
    }

    // The way back. After "cut after" it leads nowhere, and ends with the answer.
    let unheard = null;
    server.on("data", (data) => {
      if (unheard === null) return client.write(data);
      unheard = Buffer.concat([unheard, data]);
      while (unheard.length >= 5 && unheard.length >= 1 + unheard.readInt32BE(1)) {
        if (unheard[0] === letter("Z")) return cut();
        unheard = unheard.subarray(1 + unheard.readInt32BE(1));
      }
    });

    // The way there: whole messages, kept until the question is complete.
    let arrived = Buffer.alloc(0), question = [], started = false;
    const forward = async (message) => {
      question.push(message);
      if (started && ![letter("Q"), letter("S")].includes(message[0])) {
        if ([letter("P"), letter("B"), letter("D"), letter("E"), letter("C")].includes(message[0])) return;
      } else if (started && this.decide !== null) {
        const decision = await this.decide(++this.count);
        if (decision === "cut") return cut();
        if (decision === "cut after") unheard = Buffer.alloc(0);
      }
      server.write(Buffer.concat(question));
      question = [];
    };
    let work = Promise.resolve();
    client.on("data", (data) => {
      work = work.then(async () => {
        arrived = Buffer.concat([arrived, data]);
        for (;;) {
          const head = started ? 1 : 0;
          if (arrived.length < head + 4) return;
          const bytes = head + arrived.readInt32BE(head);
          if (arrived.length < bytes) return;
          const message = arrived.subarray(0, bytes);
          arrived = arrived.subarray(bytes);
          await forward(message);
          // Before the start-up message come questions for encryption, which the server of a test declines with one byte.
          if (!started && message.readInt32BE(4) === startup) started = true;
        }
      }).catch(cut);
    });
  }
}
