// SPDX-License-Identifier: Apache-2.0
// Renders drawings of shapes with @resvg/resvg-wasm: paths, gradients, filters, masks, patterns, nested transforms, and one that is refused.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const svg = (size, content) => `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${size}" height="${size}" viewBox="0 0 200 200">${content}</svg>`;
const star = (points, outer, inner) => Array.from({ length: points * 2 }, (_, at) => {
  const radius = at % 2 ? inner : outer, angle = (Math.PI * at) / points;
  return `${at ? "L" : "M"}${(100 + radius * Math.sin(angle)).toFixed(4)} ${(100 - radius * Math.cos(angle)).toFixed(4)}`;
}).join("") + "Z";

const drawings = {
  shapes: svg(200, `<rect x="10" y="10" width="80" height="50" rx="9" fill="#c30"/><circle cx="150" cy="50" r="33.3" fill="none" stroke="teal" stroke-width="7" stroke-dasharray="11 3.7"/>
    <ellipse cx="60" cy="140" rx="50" ry="21" fill="rgba(10,90,200,.6)" transform="rotate(17 60 140)"/><polygon points="110,190 190,190 150,110" fill="gold" stroke="black" stroke-linejoin="round" stroke-width="3"/>`),
  paths: svg(300, `<path d="${star(7, 95, 41)}" fill-rule="evenodd" fill="#264" stroke="#fa0" stroke-width="2.5"/>
    <path d="M10 100 C 40 10, 65 10, 95 80 S 150 150, 180 80 Q 190 20 195 190 A 30 50 -20 1 0 100 150" fill="none" stroke="#911" stroke-width="4" stroke-linecap="round"/>`),
  gradients: svg(256, `<defs><linearGradient id="a" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#f06"/><stop offset=".37" stop-color="#0cf" stop-opacity=".7"/><stop offset="1" stop-color="#630"/></linearGradient>
    <radialGradient id="b" cx=".4" cy=".3" r=".6" fx=".2" fy=".25" spreadMethod="reflect"><stop offset="0" stop-color="white"/><stop offset="1" stop-color="navy"/></radialGradient></defs>
    <rect width="200" height="200" fill="url(#a)"/><circle cx="100" cy="100" r="70" fill="url(#b)" opacity=".85"/>`),
  filters: svg(220, `<defs><filter id="f" x="-20%" y="-20%" width="150%" height="150%"><feGaussianBlur in="SourceAlpha" stdDeviation="4.3" result="blur"/><feOffset dx="6" dy="5" result="off"/>
    <feSpecularLighting in="blur" surfaceScale="5" specularConstant=".75" specularExponent="20" lighting-color="#fc8" result="spec"><fePointLight x="-50" y="-100" z="200"/></feSpecularLighting>
    <feComposite in="spec" in2="SourceAlpha" operator="in" result="lit"/><feMerge><feMergeNode in="off"/><feMergeNode in="SourceGraphic"/><feMergeNode in="lit"/></feMerge></filter>
    <filter id="n"><feTurbulence type="fractalNoise" baseFrequency=".043" numOctaves="4" seed="3"/><feColorMatrix type="hueRotate" values="77"/><feComposite in2="SourceGraphic" operator="in"/></filter></defs>
    <g filter="url(#f)"><rect x="40" y="40" width="90" height="90" rx="20" fill="#3a7"/></g><circle cx="150" cy="150" r="40" filter="url(#n)"/>`),
  transforms: svg(240, `<defs><g id="leaf"><path d="M0 0 C 12 -30 40 -30 52 0 C 40 30 12 30 0 0Z" fill="#2a5" stroke="#152" stroke-width=".8"/></g></defs>
    <g transform="translate(100 100)">${Array.from({ length: 12 }, (_, at) => `<g transform="rotate(${at * 30}) scale(${1 + at / 20}) skewX(${at})"><use xlink:href="#leaf" transform="translate(20 0) matrix(.9 .1 -.2 1 3 4)"/></g>`).join("")}</g>`),
  masks: svg(180, `<defs><mask id="m"><rect width="200" height="200" fill="white"/><circle cx="100" cy="100" r="45" fill="black"/></mask><clipPath id="c"><path d="${star(5, 100, 50)}"/></clipPath>
    <pattern id="p" width="23" height="17" patternUnits="userSpaceOnUse" patternTransform="rotate(31)"><rect width="11" height="9" fill="#a3c"/><circle cx="16" cy="12" r="4" fill="#3c9"/></pattern></defs>
    <g clip-path="url(#c)"><rect width="200" height="200" fill="url(#p)" mask="url(#m)" style="mix-blend-mode:multiply"/></g>`),
  large: svg(1200, `<circle cx="100" cy="100" r="99" fill="#fd5"/><path d="${star(40, 90, 60)}" fill="#07c"/>`),
};

export async function main(packageFolder, write) {
  const { Resvg, initWasm } = await import(pathToFileURL(path.join(packageFolder, "index.mjs")));
  await initWasm(fs.readFileSync(path.join(packageFolder, "index_bg.wasm")));
  for (const [name, text] of Object.entries(drawings)) {
    const drawing = new Resvg(text, { fitTo: { mode: "zoom", value: 1.5 }, background: "rgba(238,235,230,.9)" });
    const image = drawing.render();
    write(`${name}.png`, image.asPng());
    write(`${name}.pixels`, image.pixels);
    write(`${name}.svg`, drawing.toString());
    const box = drawing.getBBox(), inner = drawing.innerBBox();
    write(`${name}.json`, JSON.stringify([image.width, image.height, drawing.width, ...[box, inner].map((b) => b && [b.x, b.y, b.width, b.height])]));
    image.free();
    drawing.free();
  }
  for (const bad of ["<svg", "no drawing", svg(0, "")]) {
    let message = "rendered";
    try {
      new Resvg(bad).render();
    } catch (error) {
      message = String(error);
    }
    write(`refused-${bad.length}.txt`, message);
  }
}
