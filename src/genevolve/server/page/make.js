// The form that asks for pictures: in words, with reference pictures that are dropped, pasted or chosen.

import { html, useEffect, useMemo, useRef, useState } from "./preact.js";
import { ask } from "./api.js";
import { Problem } from "./parts.js";

const MOST_REFERENCES = 5;
const SIZES = ["auto", "512x512", "768x512", "512x768", "1024x1024"];

function Reference({ file, remove }) {
  const address = useMemo(() => URL.createObjectURL(file), [file]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return html`<li>
    <img src=${address} alt=${file.name} />
    <button type="button" class="quiet" aria-label=${`Remove ${file.name}`} onClick=${remove}>Remove</button>
  </li>`;
}

function References({ files, setFiles, setProblem }) {
  const [over, setOver] = useState(false);
  const input = useRef(null);
  const add = (given) => {
    const pictures = Array.from(given).filter((file) => file.type.startsWith("image/"));
    const all = [...files, ...pictures];
    setProblem(
      all.length > MOST_REFERENCES ? `At most ${MOST_REFERENCES} reference pictures are taken; the first ones were kept.`
        : pictures.length < given.length ? "What is no picture was left out." : "",
    );
    setFiles(all.slice(0, MOST_REFERENCES));
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  };
  const drag = (event) => {
    event.preventDefault();
    setOver(true);
  };
  useEffect(() => {
    const paste = (event) => event.clipboardData.files.length && add(event.clipboardData.files);
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  });
  return html`<div class=${over ? "drop over" : "drop"} onDragOver=${drag} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <label>
      <span>Reference pictures: drop or paste them here, or choose files</span>
      <input ref=${input} type="file" accept="image/*" multiple onChange=${(event) => {
        add(event.target.files);
        input.current.value = "";
      }} />
    </label>
    ${files.length > 0 && html`<ul class="references">
      ${files.map((file) => html`<${Reference} key=${`${file.name} ${file.lastModified} ${file.size}`} file=${file}
        remove=${() => setFiles(files.filter((each) => each !== file))} />`)}
    </ul>`}
  </div>`;
}

function Settings({ profiles, most, after }) {
  return html`<div class="row">
    <label>Profile
      <select name="profile">
        ${after && html`<option value="">as before</option>`}
        ${profiles.map((name) => html`<option>${name}</option>`)}
      </select>
    </label>
    <label>Size
      <input name="size" list="sizes" size="16" placeholder=${after ? "as before" : "as asked for"} autocomplete="off" />
      <datalist id="sizes">${SIZES.map((size) => html`<option value=${size} />`)}</datalist>
    </label>
    <label>Rounds <input name="rounds" type="number" min="1" max="10" placeholder="profile" /></label>
    <label>Pictures <input name="n" type="number" min="1" max=${most} defaultValue="1" /></label>
    <label>Seed <input name="seed" type="number" min="0" placeholder=${after ? "as before" : "any"} /></label>
  </div>`;
}

/** Ask for pictures, or, with `after`, for a change in a picture; `onTaken` gets the generations. */
export function Ask({ health, after, onTaken }) {
  const [files, setFiles] = useState([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const body = new FormData(form.current);
    for (const file of files) body.append("reference", file, file.name);
    if (after) body.append("after", after);
    setBusy(true);
    setProblem("");
    try {
      const taken = await ask("api/generations", { method: "POST", body });
      form.current.reset();
      setFiles([]);
      onTaken(taken.generations);
    } catch (refused) {
      setProblem(refused.message);
    } finally {
      setBusy(false);
    }
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current.requestSubmit();
  };
  const label = after ? "What should change?" : "What should the image show?";
  return html`<form ref=${form} class="ask" onSubmit=${submit} onKeyDown=${keys}>
    <label class="wide">${label}<textarea name="request" rows="3" required maxlength="20000"></textarea></label>
    <${References} files=${files} setFiles=${setFiles} setProblem=${setProblem} />
    <${Settings} profiles=${health.profiles} most=${health.most_pictures} after=${after} />
    <${Problem} text=${problem} />
    <button type="submit" aria-disabled=${busy}>${busy ? "Sending…" : after ? "Change it" : "Make it"}</button>
    <small>Ctrl+Enter sends, too.</small>
  </form>`;
}
