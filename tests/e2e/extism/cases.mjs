// SPDX-License-Identifier: Apache-2.0
// What is asked of the plugins of modules/extism. Each case: [plugin, function, input, what must come, options]. What must come is an output, or of
//   failure("text")   a failed call with this text, the same under Extism's native host
//   refused("text")   a function of the host's ended the plugin with this text; of it, Extism's Python package passes on that there was something
//   trapped           a trap; how it is told is each host's own
//   code(N)           a result other than 0 with no text; "Error code: N" is what Extism's Python package makes of it
// The outputs stand here by the plugins' descriptions and by the numbers' own rules: 529.982.247-25 and 111.444.777-35 are right CPFs, 11.222.333/0001-81 is a right CNPJ,
// 700000000000005 divides by 11 as a CNS must; Mosteller's surface of 72.5 kg and 175 cm is 1.8773 m2.
export const failure = (text) => ({ text });
export const refused = (text) => ({ refusal: text });
export const trapped = { trapped: true };
export const code = (number) => ({ code: number });

const patient = '{"id":"p1","nome":"Maria  da Silva","cpf":"529.982.247-25","cns":"700 0000 0000 0005","sexo":"f","nascimento":"29/02/2000","celular":"(11) 98765-4321"}';
const resource = '{"resourceType":"Patient","id":"p1","active":true,"identifier":[{"system":"http://rnds.saude.gov.br/fhir/r4/NamingSystem/cpf","value":"52998224725"},'
  + '{"system":"http://rnds.saude.gov.br/fhir/r4/NamingSystem/cns","value":"700000000000005"}],"name":[{"use":"official","text":"Maria da Silva","family":"Silva","given":["Maria","da"]}],'
  + '"telecom":[{"system":"phone","value":"+5511987654321","use":"mobile"}],"gender":"female","birthDate":"2000-02-29"}';
const small = '{"resourceType":"Patient","id":"2","active":false,"name":[{"use":"official","text":"Jo\u00e3o Reis","family":"Reis","given":["Jo\u00e3o"]}],"gender":"unknown"}';
const record = (weight, height, dose, mode, most, daily) => `PACIENT1${weight}${height}${dose}${mode}${most}${daily}`;
const kilo = "x".repeat(1024);

/** `text` behind 0 to 40 other bytes. */
const steps = (text) => Array.from({ length: 41 }, (_, bytes) => `${",;:./<=>x)*".repeat(4).slice(0, bytes)} ${text}\n`).join("");

/** `url`: of a server that answers /plain with "hello", /missing with 404, /patients/w7 with a list of one record; `folder`: has words.txt and may be written to. */
export const casesOf = ({ url, folder }) => [
  ["lgpd", "analyse", "Paciente: CPF 529.982.247-25, ana@example.com.", '{"findings":[{"kind":"cpf","start":14,"end":28,"masked":"***.***.***-25"},{"kind":"email","start":30,"end":45,"masked":"***@*******.*om"}],"sensitive":true}'],
  ["lgpd", "analyse", "529.982.247-26 and 111.111.111-11 and 52998224725x", '{"findings":[{"kind":"cpf","start":38,"end":49,"masked":"*********25"}],"sensitive":true}'],
  ["lgpd", "analyse", "", '{"findings":[],"sensitive":false}'],
  ["lgpd", "mask", "\u00c9 11.222.333/0001-81, tel. +55 (11) 98765-4321, CEP 01310-100, CNS 700 0000 0000 0005", "\u00c9 **.***.***/****-81, tel. +** (**) *****-**21, CEP *****-*00, CNS *** **** **** **05"],
  ["lgpd", "mask", "111.444.777-35 ana@example.com", "111.444.777-35 ***@*******.com", { config: { ignore: "cpf, cep", keep: "3" } }],
  ["lgpd", "mask", "x", failure('keep is a number of characters, not "some"'), { config: { keep: "some" } }],
  // At every distance from where sixteen bytes begin, among signs that begin nothing; all of it ASCII, and not.
  ["lgpd", "mask", steps("01310-100"), steps("*****-*00")],
  ["lgpd", "mask", `\u00e9${steps("01310-100")}`, `\u00e9${steps("*****-*00")}`],
  ["lgpd", "mask", steps("a+b@example.org"), steps("*+*@*******.*rg")],
  ["lgpd", "mask", `${kilo.repeat(300)} 111.444.777-35`, `${kilo.repeat(300)} ***.***.***-35`],

  ["fhir", "patient", patient, resource],
  ["fhir", "patient", '{"id":"2","nome":"Jo\u00e3o Reis","ativo":false}', small],
  ["fhir", "bundle", `[${patient},{"id":"2","nome":"Jo\u00e3o Reis","ativo":false}]`, `{"resourceType":"Bundle","type":"collection","total":2,"entry":[{"resource":${resource}},{"resource":${small}}]}`],
  ["fhir", "bundle", "[]", '{"resourceType":"Bundle","type":"collection","total":0,"entry":[]}'],
  ["fhir", "bundle", '[{"id":"1","nome":"A B"},{"id":"2","nome":"A"}]', failure('record 1: nome "A" is not a first and a last name')],
  ["fhir", "patient", '{"id":"1","nome":"A B","sexo":"X"}', failure('sexo "X" is none of M, F and O')],
  ["fhir", "patient", '{"id":"1","nome":"A B","nascimento":"2000-02-29"}', failure('nascimento "2000-02-29" is not DD/MM/YYYY')],
  ["fhir", "patient", '{"id":"1","senha":"x"}', failure('the input: json: unknown field "senha"')],
  ["fhir", "fetch", "w7", failure("base_url is not configured")],
  ["fhir", "fetch", "w7", `{"resourceType":"Bundle","type":"collection","total":1,"entry":[{"resource":${small}}]}`, { config: { base_url: url }, hosts: ["127.0.0.1"] }],
  ["fhir", "fetch", "w8", failure("the hospital's interface answered 404"), { config: { base_url: url }, hosts: ["127.0.0.*"] }],

  // 5 micrograms of each kg; 72.50 kg; then 100 micrograms of each m2, limited, in two records.
  ["dosage", "dose", `${record("07250", "1750", "00005", "K", "00000400", 3)}\n`, "PACIENT10000036200001086 \n"],
  ["dosage", "dose", `${record("07250", "1750", "00100", "S", "00000500", 2)}\n${record("07250", "1750", "00100", "S", "00000100", 2)}`, "PACIENT10000018700000374 \nPACIENT10000010000000200L\n"],
  ["dosage", "surface", record("07250", "1750", "00100", "S", "00000500", 2), "PACIENT1 1.8773\n"],
  ["dosage", "dose", "", ""],
  ["dosage", "dose", `${record("07250", "1750", "00005", "K", "00000400", 3)}\nshort`, failure("record 2: length")],
  ["dosage", "dose", record("00000", "1750", "00005", "K", "00000400", 3), failure("record 1: weight")],
  ["dosage", "dose", record("07250", "1750", "00005", "X", "00000400", 3), failure("record 1: mode")],
  ["dosage", "dose", "x".repeat((1 << 20) + 1), failure("more than 1 MiB of records")],

  ["validator", "validate", "cnes=1234567\ncpf=52998224725\ncns=700000000000005\ncnpj=11222333000181\nans=123456\ntuss=10101012\nguia=1\ndata=2024-02-29\nnome=Jo\u00e3o\n", ""],
  ["validator", "validate", "cpf=52998224726\ndata=2023-02-29\nx\nsenha=1\ncns=300000000000005\ncnpj=11222333000182\ncpf=11144477735", "cpf: is no number of a person\ndata: is no date (YYYY-MM-DD)\nline 3: is not name=value\nsenha: is not known\ncns: is no number of a health card\n"
    + "cnpj: is no number of a company\ncpf: is there twice\n"],
  ["validator", "validate", "nome=Ana", "cpf: is missing\n", { config: { required: "nome,cpf" } }],

  ["probe", "count", "", ["1", "2", "3"]],
  ["probe", "count", "", ["42", "43"], { config: { first: "41" } }],
  ["probe", "setting", "a", "\u00e4 value", { config: { a: "\u00e4 value", b: "x" } }],
  ["probe", "setting", "c", failure("nobody has set c"), { config: { a: "x" } }],
  ["probe", "say", "logged", ""],
  ["probe", "fail", "for a reason: \u00e4", failure("for a reason: \u00e4")],
  ["probe", "fetch", `${url}/plain`, "200\nhello", { hosts: ["127.0.0.1"] }],
  ["probe", "fetch", `${url}/missing`, "404\nnothing here", { hosts: ["*"] }],
  ["probe", "fetch", `${url}/plain`, refused(`HTTP request to ${url}/plain is not allowed`)],
  ["probe", "fetch", `${url}/plain`, refused(`HTTP request to ${url}/plain is not allowed`), { hosts: ["example.com"] }],
  ["probe", "hoard", "1048000", "1048000"],
  ["probe", "hoard", "1048577", refused("Variable store is full")],
  ["probe", "panics", "x", trapped],

  ["behaviour", "echo", "\u0000\u0001 bytes \u00ff", "\u0000\u0001 bytes \u00ff"],
  ["behaviour", "echo", kilo.repeat(64), kilo.repeat(64)],
  ["behaviour", "nothing", "x", ""],
  ["behaviour", "no_result", "", "done"],
  ["behaviour", "code", "0", ""],
  ["behaviour", "code", "9", code(9)],
  ["behaviour", "error_and_zero", "", failure("failed, though 0")],
  ["behaviour", "error_and_code", "", failure("failed, with 5")],
  ["behaviour", "error_taken_back", "", "fine"],
  ["behaviour", "trap", "", trapped],
  ["behaviour", "overreach", "", trapped],
  ["behaviour", "calls", "", ["1", "2", "3"]],
  ["behaviour", "part", "", "3456"],
  ["behaviour", "blocks", "", "1118101"],
  ["behaviour", "beyond_input", "abc", "0"],
  ["behaviour", "grow", "3", "0"],
  ["behaviour", "grow", "10", failure("oom"), { pages: 4, nativeOnly: true }],
  ["behaviour", "config", "k", "v", { config: { k: "v" } }],
  ["behaviour", "config", "k", failure("no such value")],
  ["behaviour", "spin", "", failure("timeout"), { timeout: 300, nativeOnly: true }],
  ["behaviour", "not_there", "", failure("Function not found: not_there"), { nativeOnly: true }],

  ["command", "_start", "text", ["call 1 of this start: text", "call 1 of this start: text"]],
  ["command", "_start", "0", ""],

  ["reader", "words", "/data/words.txt", ["a 2\nb 1\nz\u00e9 1\nasked 1\n", "a 2\nb 1\nz\u00e9 1\nasked 2\n"], { paths: { [folder]: "/data" } }],
  ["reader", "words", "/data/words.txt", failure("cannot read /data/words.txt")],
  ["reader", "words", "/data/../../etc/hostname", failure("cannot read /data/../../etc/hostname"), { paths: { [folder]: "/data" } }],
  ["reader", "leave", "/data/left.txt", "", { paths: { [folder]: "/data" } }],
  ["reader", "leave", "/data/left2.txt", failure("cannot write /data/left2.txt"), { paths: { [`ro:${folder}`]: "/data" }, nativeOnly: true }],

  ["notes", "add", "\u00e9", ["the first", "another", "another"]],
  ["notes", "list", "", "nothing"],
  ["notes", "clear", "", ""],
  ["notes", "outside", "1", code(2)],
  ["notes", "outside", "123456", trapped],
].map(([plugin, name, input, expected, options = {}]) => ({ plugin, name, input: Buffer.from(input), expected, options }));
