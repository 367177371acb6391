// SPDX-License-Identifier: Apache-2.0
// A served OpenAPI document: whether it says everything, and whether an answer is what it says. ajv, a validator that nobody here wrote, compares bodies with schemas.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cast } from "./server.mjs";

const lists = fileURLToPath(new URL("../../openapi", import.meta.url));
const work = path.join(path.dirname(path.resolve(cast)), "openapi");
const methods = ["get", "post", "put", "patch", "delete"];

/** `npm ci` into the build folder. The stamp holds the lock file that was installed. */
function ajv() {
  const lock = fs.readFileSync(path.join(lists, "package-lock.json"), "utf8");
  const stamp = path.join(work, "node_modules", ".installed");
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8") !== lock) {
    fs.mkdirSync(work, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) fs.copyFileSync(path.join(lists, file), path.join(work, file));
    const done = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: work, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`npm ci: ${done.stderr}`);
    fs.writeFileSync(stamp, lock);
  }
  const require = createRequire(path.join(work, "package.json"));
  const validator = new (require("ajv/dist/2020").default)({ strict: false, allErrors: true, validateSchema: true });
  require("ajv-formats").default(validator);
  return validator;
}

export class Document {
  #validators = new Map();

  constructor(json) {
    this.json = json;
    this.operations = Object.entries(json.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => ({ method: method.toUpperCase(), path, segments: path.split("/"), ...item[method] })));
  }

  /** What a reference leads to, or the value itself; undefined where it leads nowhere. */
  resolve(value) {
    return typeof value?.$ref !== "string" ? value : value.$ref.startsWith("#/")
      ? value.$ref.slice(2).split("/").reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], this.json) : undefined;
  }

  /** Everything that is wrong with the document itself, a sentence each. */
  complaints() {
    const found = [];
    const schema = (value, where) => {
      if (value === null || typeof value !== "object" || Array.isArray(value)) return found.push(`${where}: an open schema`);
      if (value.$ref !== undefined) return this.resolve(value) ?? found.push(`${where}: ${value.$ref} leads nowhere`);
      const types = [value.type ?? []].flat();
      if (types.length === 0 && value.enum === undefined && value.const === undefined && !value.anyOf && !value.oneOf) found.push(`${where}: an open schema`);
      if (types.includes("object")) {
        if (value.additionalProperties === undefined) found.push(`${where}: an open object`);
        else if (value.additionalProperties !== false) schema(value.additionalProperties, `${where}/additionalProperties`);
        for (const name of value.required ?? []) if (!Object.hasOwn(value.properties ?? {}, name)) found.push(`${where}: requires ${name}, which is not there`);
      }
      if (types.includes("array")) schema(value.items, `${where}/items`);
      for (const [name, member] of Object.entries(value.properties ?? {})) schema(member, `${where}/${name}`);
      for (const key of ["anyOf", "oneOf"]) (value[key] ?? []).forEach((member, index) => schema(member, `${where}/${key}/${index}`));
      for (const key of ["allOf", "not", "patternProperties", "unevaluatedProperties", "if"]) if (key in value) found.push(`${where}: ${key} is not used here`);
    };
    const content = (value, where) => {
      for (const [type, media] of Object.entries(value ?? {})) schema(media.schema, `${where}/${type}`);
    };
    const parameter = (given, where) => {
      const value = this.resolve(given);
      if (!value) return found.push(`${where}: ${given.$ref} leads nowhere`);
      schema(value.schema, where);
    };
    const response = (given, where) => {
      const value = this.resolve(given);
      if (!value) return found.push(`${where}: ${given.$ref} leads nowhere`);
      if (!value.description) found.push(`${where}: no description`);
      content(value.content, where);
      for (const [name, header] of Object.entries(value.headers ?? {})) parameter(header, `${where}/${name}`);
    };
    if (!this.json.openapi?.startsWith("3.1.") || !this.json.info?.title || !this.json.info?.version) found.push("no OpenAPI 3.1");
    const { schemas = {}, parameters = {}, responses = {}, headers = {} } = this.json.components;
    for (const [name, value] of Object.entries(schemas)) schema(value, name);
    for (const [name, value] of Object.entries(parameters)) parameter(value, name);
    for (const [name, value] of Object.entries(headers)) parameter(value, name);
    for (const [name, value] of Object.entries(responses)) response(value, name);
    const ids = new Set();
    for (const { method, path, operationId, parameters: given = [], requestBody, responses: answers } of this.operations) {
      const where = `${method} ${path}`;
      if (!operationId || ids.size === ids.add(operationId).size) found.push(`${where}: no operationId of its own`);
      for (const value of given) parameter(value, where);
      content(requestBody?.content, where);
      for (const [status, value] of Object.entries(answers)) {
        if (!/^[2-5]\d\d$/.test(status)) found.push(`${where}: answers ${status}`);
        response(value, `${where} ${status}`);
      }
      const named = given.map((value) => this.resolve(value)).filter((value) => value?.in === "path").map((value) => value.name).sort();
      const wanted = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name).sort();
      if (JSON.stringify(named) !== JSON.stringify(wanted)) found.push(`${where}: describes ${named} of ${wanted}`);
    }
    return found;
  }

  /** The operation that serves this request: a literal segment wins over a parameter. */
  operation(method, target) {
    const given = target.split("?")[0].split("/");
    return this.operations
      .filter((one) => one.method === method && one.segments.length === given.length && one.segments.every((part, index) => part.startsWith("{") ? given[index] !== "" : part === given[index]))
      .sort((a, b) => a.segments.filter((part) => part.startsWith("{")).length - b.segments.filter((part) => part.startsWith("{")).length)[0];
  }

  #validator(schema) {
    const key = JSON.stringify(schema);
    if (!this.#validators.has(key)) {
      this.ajv ??= ajv().addSchema({ ...this.json, $id: "http://ingot.test/document" }, undefined, undefined, false);
      const rebased = JSON.parse(key, (name, value) => (name === "$ref" && value.startsWith("#/") ? `http://ingot.test/document${value}` : value));
      this.#validators.set(key, this.ajv.compile(rebased));
    }
    return this.#validators.get(key);
  }

  /** Why this answer is not what the document says, or nothing. `answer`: {status, headers: fetch's, text}. */
  objection(method, target, answer) {
    const operation = this.operation(method, target);
    if (!operation) return answer.status === 404 || answer.status === 405 ? undefined : `${answer.status} of a route that is not in the document`;
    const response = this.resolve(operation.responses[answer.status]);
    if (!response) return `${answer.status} is not declared: ${answer.text.slice(0, 300)}`;
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      const { required, schema } = this.resolve(header), value = answer.headers.get(name);
      if (value === null && required) return `no ${name}`;
      if (value !== null && !this.#validator(schema)(value)) return `${name}: ${value}`;
    }
    if (!response.content) return answer.text === "" ? undefined : "a body where none is declared";
    const type = answer.headers.get("content-type")?.split(";")[0];
    const media = response.content[type];
    if (!media) return `a body of ${type}`;
    const validate = this.#validator(media.schema);
    if (validate(type === "application/json" ? JSON.parse(answer.text) : answer.text)) return undefined;
    return validate.errors.slice(0, 4).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`).join("; ") + `: ${answer.text.slice(0, 500)}`;
  }
}
