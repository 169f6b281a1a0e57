// The page at `/`. Everything that is shown is set as text, never as HTML: requests, pages of the web and models are not trusted.
"use strict";

const at = (id) => document.getElementById(id);

function made(tag, text, kind) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

function picture(address, title, side) {
  const node = made("img");
  node.src = address + (address.includes("?") ? "&" : "?") + "side=" + side;
  node.alt = title;
  node.title = title;
  return node;
}

async function ask(path, options = {}) {
  const token = at("token").value;
  const headers = token ? { ...options.headers, Authorization: "Bearer " + token } : options.headers;
  const reply = await fetch(path, { ...options, headers });
  if (reply.status === 401) at("token-row").hidden = false;
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.error.message);
  return body;
}

function told(step) {
  const line = made("li");
  const pictures = made("div", "", "pictures");
  if (step.thought) line.append(made("small", step.thought));
  switch (step.step) {
    case "action":
      line.append(made("strong", step.action), " " + step.detail);
      break;
    case "found":
      for (const hit of new Set(step.facts.flatMap((fact) => fact.hits.slice(0, 2).map((each) => each.title + ": " + each.snippet))))
        line.append(made("div", hit.slice(0, 200)));
      for (const each of step.pictures) pictures.append(picture(each.image, each.title + " (" + each.source + ")", 192));
      if (!step.facts.length && !step.pictures.length) line.append(made("div", (step.about || step.tool) + " read"));
      break;
    case "program":
      line.append(made("strong", "program"), " " + step.gen_prompt);
      for (const each of step.reference_images) pictures.append(picture(each.image, each.title + ": " + each.note, 192));
      break;
    case "verdict":
    case "review":
      line.append(made("strong", step.step), " " + verdict(step));
      break;
    case "picture":
      line.append(made("strong", "picture " + step.round));
      for (const note of step.notes) line.append(made("div", note));
      break;
    default:
      line.append(made("span", step.message || step.step.replaceAll("_", " "), step.message ? "bad" : ""));
  }
  if (pictures.childNodes.length) line.append(pictures);
  return line;
}

function verdict(step) {
  if (!step.score) return "unscored: " + step.unscored.reason;
  const failed = step.score.diagnostics.filter((each) => !each.passed).map((each) => each.requirement);
  return step.score.kscore_renormalized.toFixed(2) + (failed.length ? "; failed: " + failed.join("; ") : "; nothing failed");
}

function follow(generation) {
  at("now").hidden = false;
  at("now-title").textContent = generation.request;
  at("steps").replaceChildren();
  at("figure").hidden = true;
  at("verdict").textContent = "";
  at("state").textContent = "waiting";
  const stream = new EventSource(generation.links.events);
  stream.addEventListener("step", (message) => {
    const step = JSON.parse(message.data);
    at("state").textContent = "working";
    at("steps").append(told(step));
    if (step.step === "picture") show(step.image, generation.request);
    if (step.step === "verdict") at("verdict").textContent = verdict(step);
  });
  stream.addEventListener("end", (message) => {
    stream.close();
    const whole = JSON.parse(message.data);
    at("state").textContent = whole.state === "done" ? "done" : whole.error || whole.problem || whole.state;
    if (whole.links.image) show(whole.links.image, whole.request);
    earlier();
  });
}

function show(address, title) {
  at("figure").hidden = false;
  at("image").src = address;
  at("image").alt = title;
}

async function earlier() {
  const listed = await ask("api/generations?limit=24");
  at("earlier").replaceChildren(
    ...listed.generations.map((each) => {
      const item = made("li");
      const link = made("a");
      link.href = each.links.page || "#";
      if (each.links.image) link.append(picture(each.links.image, each.request, 384));
      link.append(made("div", each.request.slice(0, 120)));
      item.append(link, made("small", each.kscore == null ? each.error || each.state : "score " + each.kscore.toFixed(2)));
      return item;
    }),
  );
}

async function begin() {
  const health = await ask("api/health");
  at("profile").replaceChildren(...health.profiles.map((name) => made("option", name)));
  await earlier();
}

at("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  if (!form.get("reference").size) form.delete("reference");
  try {
    const taken = await ask("api/generations", { method: "POST", body: form });
    follow(taken.generations[0]);
  } catch (problem) {
    at("state").textContent = problem.message;
  }
});
at("token").addEventListener("change", () => begin().catch((problem) => (at("state").textContent = problem.message)));
begin().catch((problem) => (at("state").textContent = problem.message));
