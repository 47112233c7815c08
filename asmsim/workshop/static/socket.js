// One WebSocket: the newest request wins, what comes before its answer is shown meanwhile, each frame is acknowledged once drawn, and a lost server is found again.

export class Connection {
  /** hear: {frame(message, state), error(message), up(), down()}; `token()` gives the newest token. */
  constructor(token, hear) {
    this.token = token;
    this.hear = hear;
    this.id = 0;
    this.running = null;
    this.asked = new Map();
    this.waiting = new Map();
    this.delay = 300;
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = (this.socket = new WebSocket(`${scheme}://${location.host}/socket?token=${encodeURIComponent(this.token())}`));
    socket.onopen = () => {
      this.delay = 300;
      this.hear.up();
      if (this.running) this.send(this.running);
    };
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = () => {
      if (this.socket !== socket) return;
      for (const { reject } of this.waiting.values()) reject(new Error("closed"));
      this.waiting.clear();
      this.hear.down();
      this.timer = setTimeout(() => this.open(), this.delay);
      this.delay = Math.min(2000, this.delay * 1.5);
    };
  }

  send(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Ask for the runs of a state, and no more for those of an earlier one: of that a first estimate may still come. */
  run(state, runs) {
    this.running = { type: "run", id: ++this.id, state, runs };
    this.asked.set(this.id, state);
    this.send(this.running);
    return this.id;
  }

  /** Forget all runs that were asked for: their frames are no longer of interest. */
  forget() {
    this.running = null;
    this.asked.clear();
  }

  /** A question with one answer. */
  ask(type, fields) {
    const id = ++this.id;
    return new Promise((resolve, reject) => {
      if (!this.send({ type, id, ...fields })) reject(new Error("closed"));
      else this.waiting.set(id, { resolve, reject });
    });
  }

  receive(message) {
    if (message.type === "frame") {
      const state = this.asked.get(message.id);
      for (const id of this.asked.keys()) if (id < message.id) this.asked.delete(id);
      if (message.final && message.id === this.running?.id) this.forget();
      if (state) this.hear.frame(message, state);
      requestAnimationFrame(() => this.send({ type: "ack", id: message.id, frame: message.frame }));
      return;
    }
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === "error") {
      asked?.reject(new Error(message.text));
      if (!asked && (message.id === undefined || message.id === this.running?.id)) this.hear.error(message);
      return;
    }
    asked?.resolve(message);
  }
}
