"use strict";
// Asks for the same page every few seconds and puts in place what has changed.
const EVERY = 5000;
const state = document.getElementById("state");

async function refresh() {
    if (document.hidden) return;
    try {
        const answer = await fetch("./", { credentials: "same-origin", redirect: "error" });
        if (answer.status === 401) return location.reload();
        if (!answer.ok) throw new Error(answer.status);
        show(body(await answer.text()));
        state.classList.remove("lost");
    } catch {
        state.textContent = "The bot cannot be reached. What is shown is of before.";
        state.classList.add("lost");
    }
}

// Without its style and script: they have another nonce than ours, and the browser would complain.
function body(page) {
    const within = page.slice(page.indexOf("<body>"), page.indexOf("</main>"));
    return new DOMParser().parseFromString(within, "text/html");
}

function show(page) {
    const now = [...document.querySelectorAll("main > section")];
    const next = [...page.querySelectorAll("main > section")];
    if (now.map((part) => part.id).join() !== next.map((part) => part.id).join()) {
        document.querySelector("main").replaceWith(page.querySelector("main"));
    } else {
        now.forEach((part, place) => {
            if (part.innerHTML === next[place].innerHTML) return;
            const scrolled = part.querySelector(".scroll")?.scrollLeft;
            part.replaceWith(next[place]);
            if (scrolled) next[place].querySelector(".scroll")?.scrollTo(scrolled, 0);
        });
    }
    state.innerHTML = page.getElementById("state").innerHTML;
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
