/// What makes a page live. Everything works without it: it only fetches the page anew when something happened, puts what changed in
/// place, and counts down.
enum Script {
    static let text = #"""
        'use strict';
        (() => {
          const $ = (selector) => document.querySelector(selector);
          const main = $('main');
          const live = $('#live');
          const events = document.body.dataset.events;

          // Puts what is new in place and leaves the rest, so that focus, selection and what is unfolded stay.
          const same = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || '') === (b.id || '');
          const morph = (old, now) => {
            if (old.nodeType !== 1) { if (old.data !== now.data) old.data = now.data; return; }
            for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
            for (const { name } of [...old.attributes]) {
              if (!now.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) old.removeAttribute(name);
            }
            let at = old.firstChild;
            for (const child of [...now.childNodes]) {
              let match = at;
              if (child.id) while (match && match.id !== child.id) match = match.nextSibling;
              else if (match && match.id) match = null;
              if (match && same(match, child)) {
                if (match !== at) old.insertBefore(match, at);
                else at = at.nextSibling;
                morph(match, child);
              } else {
                old.insertBefore(document.importNode(child, true), at);
              }
            }
            while (at) { const next = at.nextSibling; at.remove(); at = next; }
          };

          // Countdowns by the server's clock.
          let ahead = 0;
          const setClock = () => { ahead = Number(main.dataset.now) - Date.now(); };
          const clock = (left) => {
            const s = Math.max(1, Math.ceil(left / 1000));
            if (s < 60) return `${s} s`;
            if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
            if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
            return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
          };
          const tick = () => {
            for (const element of main.querySelectorAll('[data-until]')) {
              const left = Number(element.dataset.until) - Date.now() - ahead;
              const text = left > 0 ? `in ${clock(left)}` : 'now';
              if (element.firstChild.data !== text) element.firstChild.data = text;
            }
          };
          setClock();
          setInterval(tick, 1000);

          // A page with a form stays as it is: who fills it in is not disturbed.
          if (!live || !events) return;
          const hour = () => new Date(Number(main.dataset.now)).toISOString().slice(11, 19);
          let seen = hour();
          let held = false, asked = false, busy = false, source = null, waits = 0, answers = true, streams = true, worry = 0;
          const say = () => {
            const [state, text] = held ? ['held', 'Held'] : !answers ? ['lost', `No answer since ${seen}`] : !streams ? ['slow', 'Every 15 s'] : ['live', 'Live'];
            live.dataset.state = state;
            live.querySelector('span').textContent = text;
            main.classList.toggle('old', state === 'lost');
          };
          const refresh = async () => {
            if (held) return;
            if (busy) { asked = true; return; }
            busy = true; asked = false;
            try {
              const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(10000) });
              if (answer.ok) {
                const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
                const next = page.querySelector('main');
                if (next && !held) { morph(main, next); setClock(); tick(); document.title = page.title; seen = hour(); }
              }
              answers = answer.ok;
            } catch { answers = false; }
            say();
            // However much happens: a page a second is enough.
            setTimeout(() => { busy = false; if (asked) refresh(); }, 1000);
          };
          const soon = () => { clearTimeout(waits); waits = setTimeout(refresh, 150); };
          const listen = () => {
            source = new EventSource(events);
            source.onopen = () => { clearTimeout(worry); worry = 0; streams = true; say(); soon(); };
            source.onerror = () => {
              // A stream that is back in a moment is nobody's worry; whether anybody answers is asked at once.
              if (!worry) worry = setTimeout(() => { streams = false; say(); refresh(); }, 3000);
              if (source.readyState === 2) setTimeout(listen, 15000);
            };
            for (const name of ['incident', 'decision', 'state', 'reset']) source.addEventListener(name, soon);
          };
          live.addEventListener('click', () => {
            held = !held;
            live.setAttribute('aria-pressed', String(held));
            say();
            if (!held) refresh();
          });
          live.hidden = false;
          say();
          // What is told in words (how long ago) changes without an event.
          setInterval(() => { if (!document.hidden) refresh(); }, 15000);
          document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
          addEventListener('pagehide', () => { if (source) source.close(); });
          addEventListener('pageshow', (event) => { if (event.persisted) listen(); });
          listen();
          // Said once: who reloads the page is not told again.
          if (location.search.includes('done=')) {
            const address = new URL(location.href);
            address.searchParams.delete('done');
            history.replaceState(null, '', address);
          }
        })();
        """#
}
