// What pages gain with JavaScript; without it everything works as pages and forms of their own.
"use strict";
(() => {
  const dialog = () => document.getElementById("dialog");
  let opened = ""; // the address of what the dialog holds, and what was asked there

  // A link to a page about one thing opens that page as a dialog.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const menu = link.closest("details.menu");
    if (menu) {
      menu.querySelector("summary").focus(); // where the focus comes back to: what is in a closed menu cannot have it
      menu.open = false;
    }
    open(link.href);
  });

  // So does a form that only asks for such a page.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-dialog]");
    if (!form) return;
    event.preventDefault();
    const address = new URL(event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action);
    const asked = new URLSearchParams(new FormData(form)).toString();
    if (form.method === "post") { // what is asked is too long for an address
      open(address.href, asked, form);
      return;
    }
    address.search = asked;
    open(address.href);
  });

  async function open(address, asked = "", form = null) {
    const box = dialog();
    const what = address + " " + asked;
    // What was typed into a form that was closed is still there when it is opened again.
    if (what !== opened || !box.querySelector("form[data-keep]")) {
      opened = "";
      const into = { target: "#dialog", select: "#panel, #failure", swap: "innerHTML" };
      await (form ? htmx.ajax("POST", address, { source: form, ...into }) : htmx.ajax("GET", address, into));
      if (!box.querySelector("[data-unreached]")) opened = what;
    }
    if (!box.open && box.childElementCount > 0) box.showModal();
  }

  // Nobody answered, or something in between that is none of our pages: that is said where it happened, and what was typed stays.
  document.addEventListener("htmx:before:request", () => document.querySelector("[data-unreached]")?.remove());
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx) unreached(event.detail.ctx.sourceElement);
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { response, sourceElement } = event.detail.ctx;
    if (response.status < 400 || response.headers.get("Content-Type")?.startsWith("text/html")) return;
    event.preventDefault();
    unreached(sourceElement);
  });

  // Whoever was too late is told so in the dialog. When it is closed, the page behind it is shown as it is now.
  let late = false;
  document.addEventListener("htmx:before:response", (event) => {
    const { response, sourceElement } = event.detail.ctx;
    if ([404, 409, 410, 412].includes(Number(response.headers.get("Prism-Status") ?? response.status)) && sourceElement?.closest?.("dialog")) late = true;
  });
  document.addEventListener("close", () => {
    if (late) location.reload();
  }, true);

  function unreached(source) {
    document.querySelector("[data-unreached]")?.remove();
    const said = document.createElement("div");
    said.className = "problem";
    said.dataset.unreached = "";
    said.tabIndex = -1;
    said.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = "This could not be reached. Check your connection and try again.";
    said.append(text);
    const panel = source?.closest?.(".panel");
    if (panel && !source.closest("a[data-dialog]")) {
      panel.querySelector("#problems").replaceChildren(said);
    } else if (source?.closest?.("#results") && !source.closest("form[data-dialog]")) {
      document.getElementById("results").prepend(said);
    } else { // a page that was to open as a dialog
      const close = document.createElement("button");
      close.type = "button";
      close.className = "button";
      close.dataset.close = "";
      close.textContent = "Close";
      said.append(close);
      dialog().replaceChildren(said);
    }
    said.focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close]");
    if (!link || !link.closest("dialog")) return;
    event.preventDefault();
    dialog().close(); // the browser gives the focus back to where it came from
  });

  // What is chosen in a filter while an answer is on its way is not in that answer, and stays.
  const filter = () => document.querySelector("#results form.filter");
  let sent = new Map();
  document.addEventListener("htmx:before:request", () => {
    sent = new Map(filter() ? new FormData(filter()) : []);
  });
  document.addEventListener("htmx:before:swap", () => {
    const chosen = filter() ? [...new FormData(filter())].filter(([name, value]) => value !== sent.get(name)) : [];
    if (chosen.length === 0) return;
    document.addEventListener("htmx:after:swap", () => {
      for (const [name, value] of chosen) {
        const field = filter()?.elements[name];
        if (field && field.type !== "hidden") field.value = value;
      }
    }, { once: true });
  });

  // After an answer: the focus goes to what is wrong, and a list says how much it shows.
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement?.id === "lookup") { // where somebody types, and goes on, with what was found in sight
      for (const id of ["hits", "lookup"]) document.getElementById(id).scrollIntoView({ block: "nearest" });
      return;
    }
    const wrong = document.querySelector(".host .problem, .host .error");
    if (wrong) {
      const field = wrong.closest(".field, fieldset")?.querySelector("input, textarea, select");
      (field ?? wrong).focus();
    } else if (dialog()?.open && !dialog().contains(document.activeElement)) {
      dialog().querySelector("[autofocus], input:not([type=hidden]), button")?.focus();
    }
    const shown = document.getElementById("shown");
    const announce = document.getElementById("announce");
    if (shown && announce) announce.textContent = shown.textContent;
    count();
  });

  // A filter works as soon as it is changed, a search a moment after the last key.
  let typing;
  document.addEventListener("change", (event) => {
    if (event.target.type !== "search") event.target.closest("form[data-auto]")?.requestSubmit();
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (!form || event.target.type !== "search") return;
    clearTimeout(typing);
    const least = Number(event.target.dataset.least ?? 0);
    if (event.target.value.trim().replace(/^@/, "").length < least) {
      document.getElementById("hits").replaceChildren(); // of what was looked for before
      return;
    }
    typing = setTimeout(() => form.requestSubmit(), 250);
  });

  // Somebody who was found by username goes into the field of those who are to be invited.
  const looked = () => document.getElementById("lookup")?.value.trim().replace(/^@/, "") ?? "";
  function add(username) {
    const field = document.getElementById("invitees");
    const named = field.value.split(/[\s,;]+/).filter((word) => word !== "");
    if (!named.includes(username)) named.push(username);
    field.value = named.join("\n") + "\n";
    clearTimeout(typing);
    document.getElementById("lookup").value = "";
    document.getElementById("hits").replaceChildren(username + " stands below.");
    count();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-add]");
    if (!link || !document.getElementById("invitees")) return;
    event.preventDefault();
    add(link.dataset.add);
    document.getElementById("lookup").focus();
  });

  // Enter takes the one whose whole username was typed, once they are found. What still stands there when the form is sent goes with it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "lookup" || !document.getElementById("invitees")) return;
    const hit = [...document.querySelectorAll("#hits a[data-add]")].find((link) => link.dataset.add.toLowerCase() === looked().toLowerCase());
    if (!hit) return; // the form looks them up
    event.preventDefault();
    add(hit.dataset.add);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.elements.invitees?.id === "invitees" && looked() !== "") add(looked());
  }, true);

  const selectable = () => [...document.querySelectorAll("input[name=members][form]")];
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-select-all]")) return;
    const boxes = selectable();
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    count();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose-all]");
    if (!button) return;
    const boxes = [...button.closest("fieldset").querySelectorAll("input[type=checkbox]")];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    count();
  });

  // An address as mail programs copy it, with a name before it: invite.go reads it in the same way.
  const named = /(?:^|[\s,;])(?:"[^"\n]*"|[^<>",;\n@]*)[ \t\xa0]*<([^<>\s@]+@[^<>\s@]+)>/g;

  // How many addresses are in a field, how many brands are chosen, and how many people are.
  document.addEventListener("input", count);
  function count() {
    for (const field of document.querySelectorAll("textarea[data-addresses]")) {
      const n = field.value.replace(named, " $1 ").split(/[\s,;]+/).filter((word) => word !== "").length;
      document.getElementById(field.dataset.addresses).textContent = n === 0 ? "" : n === 1 ? `1 ${field.dataset.one}.` : `${n} ${field.dataset.many}.`;
    }
    for (const said of document.querySelectorAll("[data-chosen]")) {
      const field = said.closest("fieldset");
      const boxes = field.querySelectorAll("input[type=checkbox]").length;
      const n = field.querySelectorAll("input[type=checkbox]:checked").length;
      said.textContent = n + " chosen.";
      const button = field.querySelector("[data-choose-all]");
      if (button) button.textContent = n === boxes ? "Choose none" : "Choose all";
    }
    for (const said of document.querySelectorAll("[data-selected]")) {
      const boxes = selectable();
      const n = boxes.filter((box) => box.checked).length;
      said.textContent = n + " selected of " + said.dataset.selected + " on this page";
      document.querySelector("[data-select-all]").textContent = n === boxes.length ? "Select none" : "Select all on this page";
    }
  }

  // What the chosen permissions bring with them, said as they are chosen.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-brings]")) return;
    const boxes = [...event.target.form.querySelectorAll("[data-brings]:checked")];
    for (const said of event.target.form.querySelectorAll("[data-brought]")) {
      const key = said.dataset.brought;
      const by = boxes.some((box) => box.value === key) ? [] : boxes.filter((box) => box.dataset.brings.split(" ").includes(key));
      const names = by.map((box) => box.labels[0].textContent);
      said.textContent = names.length === 0 ? "" : "Comes with " + (key === "read" ? "every permission" : listed(names)) + ".";
    }
  });
  const listed = (words) => words.length < 2 ? words.join("") : words.slice(0, -1).join(", ") + " and " + words[words.length - 1];

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Press Ctrl+C to copy the selected link.";
    }
  });

  // A menu closes when one goes on elsewhere, and with Escape.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // How many workspaces invite: looked up again while somebody can see the page.
  async function invitations() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/workspaces/badge");
      if (answer.status === 204) clearInterval(looking); // nobody is signed in any more
      if (!answer.ok) return;
      const text = await answer.text();
      for (const badge of document.querySelectorAll("[data-badge]")) if (badge.textContent !== text) badge.textContent = text;
    } catch {} // the next time, then
  }
  let looking;
  document.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector("[data-badge]")) return;
    looking = setInterval(invitations, 3000); // five seconds are promised, and the answer takes its time
    document.addEventListener("visibilitychange", invitations);
  });

  // How far something is that goes on in the background: looked up again while somebody can see the page, until the page says no more of it.
  async function renew() {
    const part = document.querySelector("[data-renew]");
    if (!part) return;
    try {
      if (!document.hidden) await renewPart(part);
    } catch {} // the next time, then
    setTimeout(renew, 3000);
  }

  async function renewPart(part) {
    const answer = await fetch(location.href);
    if (answer.redirected || (!answer.ok && answer.status !== 404)) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    if (now?.isEqualNode(part)) return;
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (now) part.replaceWith(now);
    else part.remove();
    if (focused) (now?.querySelector(`a[href="${CSS.escape(focused)}"]`) ?? document.getElementById("main")).focus();
  }
  document.addEventListener("DOMContentLoaded", () => setTimeout(renew, 3000));

  document.addEventListener("DOMContentLoaded", count);
})();
