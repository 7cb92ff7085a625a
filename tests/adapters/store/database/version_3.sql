CREATE TABLE simulation (
	id VARCHAR(64) NOT NULL, 
	idempotency_key VARCHAR(255), 
	request_hash VARCHAR(64), 
	request TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created_at BIGINT NOT NULL, 
	turn BIGINT NOT NULL, 
	started_at BIGINT, 
	ended_at BIGINT, 
	error TEXT, 
	summary TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (idempotency_key)
);

CREATE INDEX simulation_going_on ON simulation (turn, created_at, id) WHERE ended_at IS NULL;

CREATE INDEX simulation_newest ON simulation (created_at, id);

CREATE TABLE batch (
	id VARCHAR(64) NOT NULL, 
	batch TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE simulation_label (
	simulation_id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(64) NOT NULL, 
	PRIMARY KEY (simulation_id, name), 
	FOREIGN KEY(simulation_id) REFERENCES simulation (id)
);

CREATE INDEX simulation_label_value ON simulation_label (name, value, simulation_id);

CREATE TABLE call (
	simulation_id VARCHAR(64) NOT NULL, 
	idx INTEGER NOT NULL, 
	scenario_index INTEGER NOT NULL, 
	repeat INTEGER NOT NULL, 
	persona_id VARCHAR(64) NOT NULL, 
	segment_id VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	owner VARCHAR(128), 
	claimable_at BIGINT, 
	latency_ms FLOAT, 
	failure TEXT, 
	reaction TEXT, 
	PRIMARY KEY (simulation_id, idx), 
	FOREIGN KEY(simulation_id) REFERENCES simulation (id)
);

CREATE INDEX call_unfinished ON call (simulation_id, claimable_at, idx) WHERE claimable_at IS NOT NULL;

CREATE INDEX call_state ON call (simulation_id, state);

CREATE TABLE delivery (
	simulation_id VARCHAR(64) NOT NULL, 
	delivered_at BIGINT NOT NULL, 
	PRIMARY KEY (simulation_id), 
	FOREIGN KEY(simulation_id) REFERENCES simulation (id)
);

