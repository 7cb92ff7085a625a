// A client as its user would write one: who is there, ask one, ask all, wait for the answer.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";
const client = createClient<paths>({ baseUrl: process.argv[2], headers: { "X-API-Key": process.argv[3] } });
const { data: page } = await client.GET("/personas");
const id = page!.items[0].persona_id;
const { data: reaction } = await client.POST("/personas/{persona_or_segment_id}/ask", {
  params: { path: { persona_or_segment_id: id } },
  body: { scenario: "Disney+ is included at no charge." },
});
const { data: started } = await client.POST("/simulations", { body: { scenario: "We are raising prices by $5 a month." } });
let now = started!;
while (!now.ended_at) {
  await new Promise((done) => setTimeout(done, 200));
  now = (await client.GET("/simulations/{simulation_id}", { params: { path: { simulation_id: now.id } } })).data!;
}
console.log(page!.items.length, "likely_action" in reaction! ? reaction.likely_action : "none", now.state, now.counts.done);
