// The studio: which view the address names. All that is shown reaches the page as text nodes (Preact makes no HTML of strings):
// requests, pages of the web and replies of models are not trusted.

import { html, render, useEffect, useRef, useState } from "./preact.js";
import { onRefused, useToken } from "./api.js";
import { Compare, Gallery, Lately } from "./gallery.js";
import { Ask } from "./make.js";
import { Problem, useAsked } from "./parts.js";
import { See } from "./see.js";
import { Libraries, Training, Trainings } from "./shelves.js";

const VIEWS = { "": "Make", gallery: "Gallery", libraries: "Libraries", trainings: "Trainings" };

/** {view, names, query} of an address such as #/see/ID,ID/2 or #/gallery?with=ID. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...names] = path.split("/").map(decodeURIComponent);
  return { view, names, query: new URLSearchParams(query || "") };
}

function useRoute() {
  const [now, setNow] = useState(route);
  useEffect(() => {
    const change = () => setNow(route());
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return now;
}

function go(taken) {
  location.hash = `#/see/${taken.map((each) => each.id).join(",")}`;
}

function View({ now, health }) {
  const { view, names, query } = now;
  if (view === "see" && names[0]) {
    const ids = names[0].split(",");
    const id = ids[Number(names[1] || 1) - 1] || ids[0];
    return html`<${See} key=${id} id=${id} siblings=${ids} health=${health} go=${go} />`;
  }
  if (view === "gallery") return html`<${Gallery} key=${query.get("with")} first=${query.get("with")} />`;
  if (view === "compare" && names[1]) return html`<${Compare} left=${names[0]} right=${names[1]} />`;
  if (view === "libraries") return html`<${Libraries} />`;
  if (view === "trainings") return names[0] ? html`<${Training} key=${names[0]} name=${names[0]} />` : html`<${Trainings} />`;
  return html`<h1 tabindex="-1">Make a picture</h1><${Ask} health=${health} onTaken=${go} /><${Lately} />`;
}

function Token({ onGiven }) {
  const given = useRef(null);
  const submit = (event) => {
    event.preventDefault();
    useToken(given.current.value);
    onGiven();
  };
  return html`<form class="ask" onSubmit=${submit}>
    <label>The token of this server <input ref=${given} type="password" autocomplete="off" required /></label>
    <button type="submit">Go on</button>
  </form>`;
}

function Studio() {
  const now = useRoute();
  const [refused, setRefused] = useState(false);
  const [health, problem, again] = useAsked("api/health");
  const main = useRef(null);
  const address = `${now.view}/${now.names.join("/")}`;
  const first = useRef(true);
  useEffect(() => onRefused(() => setRefused(true)), []);
  useEffect(() => {
    document.title = `${VIEWS[now.view] || "Picture"} – GenEvolve`;
    if (first.current) first.current = false;
    else (main.current.querySelector("h1") || main.current).focus();
  }, [address]);
  const given = () => {
    setRefused(false);
    again();
  };
  return html`
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      main.current.focus();
    }}>To the content</a>
    <header>
      <span class="name">GenEvolve</span>
      <nav aria-label="Views">
        ${Object.entries(VIEWS).map(([view, name]) => html`<a href=${`#/${view}`} aria-current=${view === now.view ? "page" : null}>${name}</a>`)}
      </nav>
    </header>
    <main ref=${main} id="main" tabindex="-1">
      ${health && health.stopped && html`<${Problem} text=${`No more pictures are made: ${health.stopped}`} />`}
      ${refused ? html`<h1>Who is there?</h1><${Token} onGiven=${given} />` : html`<${Problem} text=${problem} />`}
      ${health && !refused && html`<${View} now=${now} health=${health} />`}
    </main>
  `;
}

render(html`<${Studio} />`, document.getElementById("studio"));
