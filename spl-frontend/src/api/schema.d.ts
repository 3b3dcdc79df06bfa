// Written by `npm run types` from spl-server/openapi.json.

export interface paths {
    "/access/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain
         * @description What somebody may do to a library, one object of it, or a machine, and why. About others only its administrators
         *     may ask.
         */
        get: operations["explain_access_explain_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Audit
         * @description Lines of the audit, newest first: one's own, or everybody's with the scope audit:read.
         */
        get: operations["list_audit_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify Audit
         * @description Walk the whole chain of hashes: is every line as it was written, and none missing?
         */
        get: operations["verify_audit_audit_verify_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blobs/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Blob
         * @description Bring content; it is kept only if it has the hash, and remembered as yours.
         */
        put: operations["put_blob_blobs__sha256__put"];
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Has Blob
         * @description Whether you have brought this content; whoever asks is about to use it, so it is held for a while.
         */
        head: operations["has_blob_blobs__sha256__head"];
        patch?: never;
        trace?: never;
    };
    "/connections/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect
         * @description Say who one is and what one offers; the answer says how to go on, and what to do with what one holds.
         */
        post: operations["connect_connections_connect_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/connections/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disconnect
         * @description Say goodbye. What the machine still holds is left to its leases.
         */
        post: operations["disconnect_connections_disconnect_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow
         * @description Hints of what to look at again, from a cursor on: `run`, `machine` and `library`, each with its id.
         *
         *     `access` is said when the caller may do other things than before, `token` when credentials of theirs changed.
         *
         *     `reset` says that some were missed: load everything anew. `ping` comes every 15 seconds. The stream ends with the
         *     credential it was opened with.
         */
        get: operations["follow_console_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Overview
         * @description Everything the console shows first. With `If-None-Match`, 304 where nothing of it has changed.
         */
        get: operations["show_overview_console_overview_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/daemon-enrollment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enrol
         * @description Open a place for a machine: a code for `spl-daemon join`, and a token for those who place it themselves.
         */
        post: operations["enrol_daemon_enrollment_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/daemon-enrollment/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redeem
         * @description Come in with an enrolment code, which works once; the answer holds the machine's token.
         */
        post: operations["redeem_daemon_enrollment_redeem_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Grants
         * @description Grants on a library or machine that the caller administers; without either, on all that is the caller's own.
         */
        get: operations["list_grants_grants_get"];
        /**
         * Put Grants
         * @description Let a user or a team have exactly these permissions on a library, one object of it, or a machine.
         */
        put: operations["put_grants_grants_put"];
        post?: never;
        /**
         * Remove Grants
         * @description Take back every permission that a user or a team was given on this.
         */
        delete: operations["remove_grants_grants_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health
         * @description Whether the server answers. The only route without a credential.
         */
        get: operations["health_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/libraries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Libraries
         * @description The libraries that you may see, by owner and name; `q` finds part of a name or label.
         */
        get: operations["list_libraries_libraries_get"];
        put?: never;
        /**
         * Create Library
         * @description Make a library of your own.
         */
        post: operations["create_library_libraries_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/machine-token/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate
         * @description A machine's next token; the one it came with stays good for a day, in case the answer is lost.
         */
        post: operations["rotate_machine_token_rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/machines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Machines
         * @description The machines you may use, by name: yours, and those granted to you.
         */
        get: operations["list_machines_machines_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/machines/{machine}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Machine
         * @description One machine, by id or name.
         */
        get: operations["show_machine_machines__machine__get"];
        put?: never;
        post?: never;
        /**
         * Revoke Machine
         * @description Take a machine off the server: its tokens die at once, and nothing more is given to it.
         */
        delete: operations["revoke_machine_machines__machine__delete"];
        options?: never;
        head?: never;
        /**
         * Change Machine
         * @description Rename a machine, label it, let it drain, or hold it to so many runs at once.
         */
        patch: operations["change_machine_machines__machine__patch"];
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Scrape
         * @description Numbers in the form that Prometheus reads.
         */
        get: operations["scrape_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Objects
         * @description The objects that you may see, by name, each at its latest version; `q` finds part of a name or label.
         */
        get: operations["list_objects_objects_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Object
         * @description One version of an object; its source only for whoever may read that, and for a machine that runs it.
         */
        get: operations["show_object_objects__name__get"];
        put?: never;
        post?: never;
        /**
         * Forget
         * @description Take an object away, every version of it. Runs under way are not disturbed.
         */
        delete: operations["forget_objects__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare
         * @description What changed from version `a` to version `b`, and what of it breaks callers.
         */
        get: operations["compare_objects__name__compare_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Graph
         * @description The nodes and links of a pipeline, and where each node would run.
         */
        get: operations["graph_objects__name__graph_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/inputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Inputs
         * @description What a call takes: as a list, or with `schema=json` as one JSON Schema.
         */
        get: operations["inputs_objects__name__inputs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/outputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Outputs
         * @description What a call gives.
         */
        get: operations["outputs_objects__name__outputs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/signature": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signature
         * @description How an object, or a function inside it, is called.
         */
        get: operations["signature_objects__name__signature_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set Tag
         * @description Let a tag point to a version: callers of `name@tag` get that one from now on.
         */
        put: operations["set_tag_objects__name__tags__tag__put"];
        post?: never;
        /**
         * Remove Tag
         * @description Take a tag away.
         */
        delete: operations["remove_tag_objects__name__tags__tag__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/used-by": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Used By
         * @description The pipelines that call an object, and the references to it.
         */
        get: operations["used_by_objects__name__used_by_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate
         * @description Whether a call with these arguments could be made; nothing is run.
         */
        post: operations["validate_objects__name__validate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Versions
         * @description The versions of an object, newest first.
         */
        get: operations["list_versions_objects__name__versions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/objects/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget Version
         * @description Take one version away; the object goes with its last one.
         */
        delete: operations["forget_version_objects__name__versions__version__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Library
         * @description One library.
         */
        get: operations["show_library_owners__owner__libraries__library__get"];
        put?: never;
        post?: never;
        /**
         * Remove Library
         * @description Take a library away that has no objects any more.
         */
        delete: operations["remove_library_owners__owner__libraries__library__delete"];
        options?: never;
        head?: never;
        /**
         * Change Library
         * @description Change what a library says of itself, who may see and run what is in it, and where that runs.
         */
        patch: operations["change_library_owners__owner__libraries__library__patch"];
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/copies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy
         * @description Publish a version of another library's object in this one, as its own.
         */
        post: operations["copy_owners__owner__libraries__library__copies_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Objects
         * @description The objects that you may see, by name, each at its latest version; `q` finds part of a name or label.
         */
        get: operations["list_objects_owners__owner__libraries__library__objects_get"];
        put?: never;
        /**
         * Publish
         * @description Store a bundle as a new version; 200 where the object has this content already.
         */
        post: operations["publish_owners__owner__libraries__library__objects_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Object
         * @description One version of an object; its source only for whoever may read that, and for a machine that runs it.
         */
        get: operations["show_object_owners__owner__libraries__library__objects__name__get"];
        put?: never;
        post?: never;
        /**
         * Forget
         * @description Take an object away, every version of it. Runs under way are not disturbed.
         */
        delete: operations["forget_owners__owner__libraries__library__objects__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare
         * @description What changed from version `a` to version `b`, and what of it breaks callers.
         */
        get: operations["compare_owners__owner__libraries__library__objects__name__compare_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Graph
         * @description The nodes and links of a pipeline, and where each node would run.
         */
        get: operations["graph_owners__owner__libraries__library__objects__name__graph_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/inputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Inputs
         * @description What a call takes: as a list, or with `schema=json` as one JSON Schema.
         */
        get: operations["inputs_owners__owner__libraries__library__objects__name__inputs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/outputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Outputs
         * @description What a call gives.
         */
        get: operations["outputs_owners__owner__libraries__library__objects__name__outputs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/signature": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signature
         * @description How an object, or a function inside it, is called.
         */
        get: operations["signature_owners__owner__libraries__library__objects__name__signature_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set Tag
         * @description Let a tag point to a version: callers of `name@tag` get that one from now on.
         */
        put: operations["set_tag_owners__owner__libraries__library__objects__name__tags__tag__put"];
        post?: never;
        /**
         * Remove Tag
         * @description Take a tag away.
         */
        delete: operations["remove_tag_owners__owner__libraries__library__objects__name__tags__tag__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/used-by": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Used By
         * @description The pipelines that call an object, and the references to it.
         */
        get: operations["used_by_owners__owner__libraries__library__objects__name__used_by_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate
         * @description Whether a call with these arguments could be made; nothing is run.
         */
        post: operations["validate_owners__owner__libraries__library__objects__name__validate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Versions
         * @description The versions of an object, newest first.
         */
        get: operations["list_versions_owners__owner__libraries__library__objects__name__versions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/objects/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget Version
         * @description Take one version away; the object goes with its last one.
         */
        delete: operations["forget_version_owners__owner__libraries__library__objects__name__versions__version__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/references": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List References
         * @description The objects of other libraries that this one shows, by the names it has for them.
         */
        get: operations["list_references_owners__owner__libraries__library__references_get"];
        put?: never;
        /**
         * Refer
         * @description Show another library's object under a name of this one. Whoever calls it needs rights on that object.
         */
        post: operations["refer_owners__owner__libraries__library__references_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/owners/{owner}/libraries/{library}/references/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Unrefer
         * @description Take a reference away; what it refers to stays.
         */
        delete: operations["unrefer_owners__owner__libraries__library__references__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start Batch
         * @description Call an object many times. All of the runs are on the disk before this answers, or none is.
         */
        post: operations["start_batch_remote_batches_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-batches/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Batch
         * @description How far a batch is.
         */
        get: operations["show_batch_remote_batches__batch_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-batches/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Batch
         * @description Stop all runs of a batch that have not ended.
         */
        post: operations["cancel_batch_remote_batches__batch_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-batches/{batch_id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Batch Results
         * @description The next results, in the order of the calls or of their ends; with `wait`, once there are any.
         */
        get: operations["batch_results_remote_batches__batch_id__results_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Runs
         * @description Runs, newest first unless otherwise sorted, without what they carry.
         *
         *     A cursor goes on in the order that it came from: pass the same `sort`.
         */
        get: operations["list_runs_remote_runs_get"];
        put?: never;
        /**
         * Start Run
         * @description Call an object on another machine. The run is on the disk before this answers; `wait` may bring its end.
         */
        post: operations["start_run_remote_runs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move Runs
         * @description Cancel or retry many runs; each is answered for by itself.
         */
        post: operations["move_runs_remote_runs_bulk_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Runs
         * @description How many runs there are, by state.
         */
        get: operations["count_runs_remote_runs_counts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Run
         * @description One run with what it carries; with `wait`, once it has ended.
         */
        get: operations["show_run_remote_runs__run_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Artifacts
         * @description What a run has left behind, by name.
         */
        get: operations["list_artifacts_remote_runs__run_id__artifacts_get"];
        put?: never;
        /**
         * Announce Artifacts
         * @description Tell what an attempt leaves behind, and learn what of it is to be uploaded. Told again, the answer goes on.
         */
        post: operations["announce_artifacts_remote_runs__run_id__artifacts_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/artifacts/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Artifact
         * @description A file that a run has left behind, whole or a range of it.
         */
        get: operations["get_artifact_remote_runs__run_id__artifacts__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/blobs/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Blob
         * @description A large value of a run's arguments or result, whole or a range of it.
         */
        get: operations["get_blob_remote_runs__run_id__blobs__sha256__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Run
         * @description Stop a run; one that has ended stays as it is.
         */
        post: operations["cancel_run_remote_runs__run_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/detail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Detail
         * @description A run with its attempts, its timeline, its files, and where it was placed.
         */
        get: operations["show_detail_remote_runs__run_id__detail_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow Run
         * @description The events of a run in their order, without a gap: a page of them, or all that follow as an event stream.
         */
        get: operations["follow_run_remote_runs__run_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Logs
         * @description A piece of what the run printed, from a byte offset or a line on, or its last lines.
         *
         *     With `wait` it comes once there is more, or the run has ended.
         */
        get: operations["read_logs_remote_runs__run_id__logs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/logs/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find In Logs
         * @description The lines of what a run printed that have a text in them, in whatever case.
         */
        get: operations["find_in_logs_remote_runs__run_id__logs_find_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Result
         * @description The document of what the run returned, by itself.
         */
        get: operations["show_result_remote_runs__run_id__result_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Run
         * @description Run an ended run's call again, as a new run; the ended one stays as it is.
         */
        post: operations["retry_run_remote_runs__run_id__retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/remote-runs/{run_id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start
         * @description Permission to start the user's code of an attempt; only then may a machine do so.
         */
        post: operations["start_remote_runs__run_id__start_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Session
         * @description The session that the cookie belongs to.
         */
        get: operations["show_session_session_get"];
        put?: never;
        /**
         * Sign In
         * @description Open a session of the console with a user's token or a one-time code; the answer sets its cookie.
         */
        post: operations["sign_in_session_post"];
        /**
         * Sign Out
         * @description End the session; a token has none, and stays as it is.
         */
        delete: operations["sign_out_session_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Settings
         * @description What administrators may set while the server runs.
         */
        get: operations["show_settings_settings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Settings
         * @description Set what is given; all else stays.
         */
        patch: operations["change_settings_settings_patch"];
        trace?: never;
    };
    "/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sync
         * @description A sign of life that may carry news, and waits for work: it answers the moment there is something.
         *
         *     While it waits it holds neither a thread nor a connection to the database. A newer poll of the same connection
         *     has the older one answer at once, empty.
         */
        post: operations["sync_sync_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Teams
         * @description The caller's teams by name; an administrator's are all.
         */
        get: operations["list_teams_teams_get"];
        put?: never;
        /**
         * Add Team
         * @description A new team, led by whoever makes it.
         */
        post: operations["add_team_teams_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/teams/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Team
         * @description A team and who is in it.
         */
        get: operations["show_team_teams__name__get"];
        put?: never;
        post?: never;
        /**
         * Remove Team
         * @description Take a team away, and what was granted to it.
         */
        delete: operations["remove_team_teams__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/teams/{name}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Member
         * @description Take a user into a team, or change the role; for its leads and administrators.
         */
        put: operations["put_member_teams__name__members__user__put"];
        post?: never;
        /**
         * Remove Member
         * @description Take a user out of a team; for its leads, administrators, and whoever leaves.
         */
        delete: operations["remove_member_teams__name__members__user__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tokens
         * @description The caller's credentials and those bound to the caller's libraries, newest first.
         */
        get: operations["list_tokens_tokens_get"];
        put?: never;
        /**
         * Make Token
         * @description A new credential, with no more than the caller may do and for no longer. Its raw value is shown only here.
         */
        post: operations["make_token_tokens_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Token
         * @description One credential, without its secret.
         */
        get: operations["show_token_tokens__id__get"];
        put?: never;
        post?: never;
        /**
         * Revoke Token
         * @description Revoke a credential: the next request with it is refused.
         */
        delete: operations["revoke_token_tokens__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate Token
         * @description A new credential in place of this one, which ends at once or stays good for a while.
         */
        post: operations["rotate_token_tokens__id__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uploads/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Show Upload
         * @description How much of an upload is here, in `Upload-Offset`.
         */
        head: operations["show_upload_uploads__upload_id__head"];
        /**
         * Upload Piece
         * @description Send the next piece of a file. It is here as a whole, and on the disk, or not at all.
         */
        patch: operations["upload_piece_uploads__upload_id__patch"];
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Users
         * @description Users by name.
         */
        get: operations["list_users_users_get"];
        put?: never;
        /**
         * Add User
         * @description A new user, and a code that signs them in once.
         */
        post: operations["add_user_users_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change User
         * @description Rename, promote, demote, disable or enable a user. The last administrator stays one.
         */
        patch: operations["change_user_users__name__patch"];
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Version
         * @description Which server this is, and its limits.
         */
        get: operations["version_version_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whoami
         * @description What the credential of this request is, and what it may do. A bound one is told its limits alone.
         */
        get: operations["whoami_whoami_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Announcement
         * @description What an attempt leaves behind, under its fence.
         */
        Announcement: {
            /** Fence */
            fence: string;
            /** Items */
            items: components["schemas"]["ItemAnnounced"][];
        };
        /** ArtifactPage */
        ArtifactPage: {
            /** Items */
            items: components["schemas"]["ArtifactView"][];
            /** Next */
            next: string | null;
        };
        /** ArtifactView */
        ArtifactView: {
            /** Media Type */
            media_type: string;
            /** Name */
            name: string;
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /** AttemptView */
        AttemptView: {
            /** Attempt */
            attempt: number;
            /** Claimed At */
            claimed_at: number;
            /** Ended At */
            ended_at: number | null;
            /** Fence */
            fence: string;
            /** Late */
            late: {
                [key: string]: unknown;
            } | null;
            machine: components["schemas"]["daemon_server__runs__schemas__MachineHint"];
            /** Observed Ended At */
            observed_ended_at: number | null;
            /** Observed Started At */
            observed_started_at: number | null;
            /** Outcome */
            outcome: string | null;
            /** Reason */
            reason: string | null;
            /** Started At */
            started_at: number | null;
        };
        /**
         * AuditLine
         * @description What was done to what, and by whom: the credential by its public id, and its user.
         */
        AuditLine: {
            /** Action */
            action: string;
            /** Actor Kind */
            actor_kind: string;
            /** Actor Token */
            actor_token: string;
            /** Actor User */
            actor_user: string;
            /** At */
            at: number;
            /** Detail */
            detail: {
                [key: string]: unknown;
            };
            /** Seq */
            seq: number;
            /** Target */
            target: string;
        };
        /** AuditPage */
        AuditPage: {
            /** Items */
            items: components["schemas"]["AuditLine"][];
            /** Next */
            next: string | null;
        };
        /** BatchCancelled */
        BatchCancelled: {
            /** Cancelled */
            cancelled: number;
        };
        /**
         * BatchCreate
         * @description Many calls of the same object.
         */
        BatchCreate: {
            /**
             * Allow Pickle
             * @default false
             */
            allow_pickle?: boolean;
            /** Calls */
            calls: components["schemas"]["Call"][];
            /** Context */
            context?: {
                [key: string]: unknown;
            } | null;
            /** Correlation Id */
            correlation_id?: string | null;
            delivery?: components["schemas"]["Delivery"];
            /** Function */
            function?: string | null;
            /** Idempotency Key */
            idempotency_key?: string | null;
            isolation?: components["schemas"]["Isolation"] | null;
            /** Labels */
            labels?: string[];
            /** Library */
            library?: string | null;
            /** Lost After Seconds */
            lost_after_seconds?: number | null;
            /** Machine Subtoken */
            machine_subtoken?: string | null;
            /** Object */
            object: string;
            /**
             * Offline Policy
             * @default queue
             * @enum {string}
             */
            offline_policy?: "queue" | "fail";
            /** Output */
            output?: string | null;
            /** Owner */
            owner?: string | null;
            /** Parent Run Id */
            parent_run_id?: string | null;
            /**
             * Priority
             * @default 0
             */
            priority?: number;
            /**
             * Queue
             * @default false
             */
            queue?: boolean;
            /** Target Machine */
            target_machine?: string | null;
            /** Timeout Seconds */
            timeout_seconds?: number | null;
            /** Version */
            version?: number | string | null;
        };
        /** BatchCreated */
        BatchCreated: {
            /** Id */
            id: string;
            /** Total */
            total: number;
        };
        /**
         * BatchItem
         * @description One call of a batch that has ended.
         */
        BatchItem: {
            /** Error */
            error?: {
                [key: string]: unknown;
            } | null;
            /** Index */
            index: number;
            /** Reason */
            reason: string | null;
            /** Result */
            result?: unknown;
            /** Run Id */
            run_id: string;
            state: components["schemas"]["State"];
        };
        /** BatchResults */
        BatchResults: {
            /** Done */
            done: boolean;
            /** Items */
            items: components["schemas"]["BatchItem"][];
            /** Next */
            next: number;
        };
        /**
         * BatchView
         * @description How far a batch is; `counts` by state.
         */
        BatchView: {
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Created At */
            created_at: number;
            /** Done */
            done: boolean;
            /** Ended */
            ended: number;
            /** Function */
            function: string | null;
            /** Id */
            id: string;
            /** Library */
            library: string;
            /** Object */
            object: string;
            /** Owner */
            owner: string;
            /** Total */
            total: number;
            /** Version */
            version: number;
        };
        /** BlobView */
        BlobView: {
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /** BulkItem */
        BulkItem: {
            /** Code */
            code?: string | null;
            /** Id */
            id: string;
            /** Ok */
            ok: boolean;
            /** Run Id */
            run_id?: string | null;
        };
        /**
         * BulkRequest
         * @description Cancel or retry many runs: by id, or all that a state and an object name.
         */
        BulkRequest: {
            /**
             * Action
             * @enum {string}
             */
            action: "cancel" | "retry";
            /** Filter */
            filter?: {
                [key: string]: string;
            } | null;
            /** Ids */
            ids?: string[] | null;
        };
        /** BulkView */
        BulkView: {
            /** Items */
            items: components["schemas"]["BulkItem"][];
        };
        /**
         * Call
         * @description The arguments of one call of a batch.
         */
        Call: {
            /** Args */
            args?: unknown[];
            /** Kwargs */
            kwargs?: {
                [key: string]: unknown;
            };
        };
        /**
         * Change
         * @description One difference; one that breaks callers of the older version says so.
         */
        Change: {
            /** After */
            after?: string | null;
            /** Before */
            before?: string | null;
            /** Breaking */
            breaking: boolean;
            /** Kind */
            kind: string;
            /** Path */
            path: string;
            /** Text */
            text: string;
        };
        /**
         * CompareView
         * @description What changed from `a` to `b`; `source` is null for whoever may not read it.
         */
        CompareView: {
            a: components["schemas"]["Side"];
            b: components["schemas"]["Side"];
            /** Breaking */
            breaking: boolean;
            /** Dependencies */
            dependencies: components["schemas"]["Change"][];
            /** Graph */
            graph: components["schemas"]["Change"][];
            /** Library */
            library: string;
            /** Object */
            object: string;
            /** Owner */
            owner: string;
            /** Same */
            same: boolean;
            /** Signature */
            signature: components["schemas"]["Change"][];
            /** Source */
            source: components["schemas"]["FileChange"][] | null;
        };
        /**
         * ConnectRequest
         * @description A machine says who it is and what it offers. Fields of newer machines are left unread.
         */
        ConnectRequest: {
            /** Boot Id */
            boot_id: string;
            /** Capabilities */
            capabilities?: {
                [key: string]: unknown;
            } | unknown[] | null;
            /**
             * Capacity
             * @default 0
             */
            capacity?: number;
            /**
             * Daemon Version
             * @default
             */
            daemon_version?: string;
            /** Display Name */
            display_name?: string | null;
            /**
             * Generation
             * @default 0
             */
            generation?: number;
            /** Held */
            held?: components["schemas"]["Told"][];
            /** Labels */
            labels?: string[] | null;
            /** Machine Id */
            machine_id?: string | null;
            policy?: components["schemas"]["Policy"];
            /** Snapshot */
            snapshot?: {
                [key: string]: unknown;
            };
        };
        /** Connected */
        Connected: {
            /** Connection Id */
            connection_id: string;
            /** Event Kinds */
            event_kinds: string[];
            /** Generation */
            generation: number;
            /** Held */
            held: components["schemas"]["daemon_server__sync__schemas__VerdictView"][];
            /** Limits */
            limits: {
                [key: string]: number;
            };
            /** Machine Id */
            machine_id: string;
            /** Owner */
            owner: string;
            /** Scopes */
            scopes: string[];
            /** Server Time */
            server_time: number;
            times: components["schemas"]["TimesView"];
        };
        /**
         * CopyRequest
         * @description A version of another library's object, to be published here as one's own.
         */
        CopyRequest: {
            /**
             * Library
             * @default default
             */
            library?: string;
            /** Name */
            name?: string | null;
            /** Object */
            object: string;
            /** Owner */
            owner: string;
            /** Version */
            version?: number | string | null;
        };
        /**
         * Counts
         * @description How many runs one sees, by state.
         */
        Counts: {
            /** Active */
            active: number;
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Total */
            total: number;
        };
        /** @enum {string} */
        CredentialKind: "user" | "session" | "machine" | "subtoken" | "execution" | "enrolment" | "capability";
        /**
         * Delivery
         * @description How often user code may start: at most once, or until it has ended, up to `max_attempts` times.
         */
        Delivery: {
            /** Max Attempts */
            max_attempts?: number | null;
            /**
             * Mode
             * @default at_most_once
             * @enum {string}
             */
            mode?: "at_most_once" | "at_least_once";
        };
        /** DeliveryView */
        DeliveryView: {
            /** Max Attempts */
            max_attempts: number;
            /**
             * Mode
             * @enum {string}
             */
            mode: "at_most_once" | "at_least_once";
        };
        /**
         * DetailedInput
         * @description An input with the JSON Schema of the JSON form of its values; an empty one accepts everything.
         */
        DetailedInput: {
            /** Default */
            default: string | null;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Required */
            required: boolean;
            /** Schema */
            schema: {
                [key: string]: unknown;
            };
            /** Type */
            type: string | null;
        };
        /** DetailedOutput */
        DetailedOutput: {
            /** Name */
            name: string;
            /** Read */
            read: string;
            /** Schema */
            schema: {
                [key: string]: unknown;
            };
            /** Selector */
            selector: string | null;
            /** Type */
            type: string | null;
        };
        /** DisconnectRequest */
        DisconnectRequest: {
            /** Connection Id */
            connection_id: string;
        };
        /** Disconnected */
        Disconnected: {
            /** Disconnected */
            disconnected: boolean;
        };
        /** End */
        End: {
            /** Node */
            node: string;
            /** Port */
            port: string;
        };
        /**
         * EnrolmentRequest
         * @description A place for a machine: a new one, or the caller's own by `machine_id`.
         *
         *     Without `may` it may do what its owner's credential may.
         */
        EnrolmentRequest: {
            /** Display Name */
            display_name?: string | null;
            /** @default both */
            issue?: components["schemas"]["Issue"];
            /** Labels */
            labels?: string[] | null;
            /** Machine Id */
            machine_id?: string | null;
            /** May */
            may?: components["schemas"]["May"][] | null;
            /** Name */
            name?: string | null;
        };
        /**
         * EnrolmentView
         * @description The machine's place. Token and code are shown this once; `expires_at` is the code's end, or the token's.
         */
        EnrolmentView: {
            /** Code */
            code: string | null;
            /** Command */
            command: string | null;
            /** Display Name */
            display_name: string;
            /** Expires At */
            expires_at: number;
            /** Machine Id */
            machine_id: string;
            /** Machine Token */
            machine_token: string | null;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Scopes */
            scopes: string[];
            /** Token Expires At */
            token_expires_at: number | null;
        };
        /** EventAnswer */
        EventAnswer: {
            /** Code */
            code?: string | null;
            /** Id */
            id: string;
            /**
             * Permanent
             * @default false
             */
            permanent?: boolean;
            /**
             * Status
             * @enum {string}
             */
            status: "ok" | "duplicate" | "stale" | "rejected";
        };
        /** @enum {string} */
        EventKind: "phase" | "progress" | "node" | "log" | "nack" | "finished";
        /** EventPage */
        EventPage: {
            /** Ended */
            ended: boolean;
            /** Items */
            items: components["schemas"]["EventView"][];
            /** Next */
            next: number;
        };
        /**
         * EventTold
         * @description One entry of a machine's outbox.
         */
        EventTold: {
            /** Data */
            data?: {
                [key: string]: unknown;
            };
            /** Fence */
            fence: string;
            /** Id */
            id: string;
            kind: components["schemas"]["EventKind"];
            /** Run Id */
            run_id: string;
            /**
             * Seq
             * @default 0
             */
            seq?: number;
        };
        /** EventView */
        EventView: {
            /** At */
            at: number;
            /** Data */
            data: {
                [key: string]: unknown;
            };
            /** Kind */
            kind: string;
            /** Seq */
            seq: number;
        };
        /** @enum {string} */
        ExecutionPolicy: "grants" | "public" | "off";
        /** ExpiringToken */
        ExpiringToken: {
            /** Expires At */
            expires_at: number;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Machine Id */
            machine_id: string | null;
            /** Name */
            name: string;
        };
        /**
         * ExplainView
         * @description What a user may do to something, and why; `allowed` answers for the one permission that was asked about.
         */
        ExplainView: {
            /** Allowed */
            allowed?: boolean | null;
            /** Owner */
            owner: string;
            /** Rights */
            rights: components["schemas"]["RightView"][];
            /** User */
            user: string;
            /** What */
            what: string;
        };
        /** FileChange */
        FileChange: {
            /** Diff */
            diff: string;
            /** Path */
            path: string;
            /**
             * Status
             * @enum {string}
             */
            status: "added" | "removed" | "changed";
            /** Truncated */
            truncated: boolean;
        };
        /** ForgottenView */
        ForgottenView: {
            /** Name */
            name: string;
            /** Versions */
            versions: number[];
        };
        /**
         * FoundLine
         * @description A line of a log; `line` counts from 1.
         */
        FoundLine: {
            /** Line */
            line: number;
            /** Text */
            text: string;
        };
        /**
         * FoundLines
         * @description Lines that have a text in them. Ask again with `after=next` for those that follow.
         */
        FoundLines: {
            /** Items */
            items: components["schemas"]["FoundLine"][];
            /** Next */
            next: number | null;
        };
        /** GrantPage */
        GrantPage: {
            /** Items */
            items: components["schemas"]["GrantView"][];
            /** Next */
            next?: string | null;
        };
        /**
         * GrantPut
         * @description On a library (`owner/name`) or one object of it, or on a machine (by id); for a user or a team.
         */
        GrantPut: {
            /** Expires In Seconds */
            expires_in_seconds?: number | null;
            /** Library */
            library?: string | null;
            /** Machine */
            machine?: string | null;
            /** Object */
            object?: string | null;
            /** Permissions */
            permissions: ("read" | "source" | "execute" | "write" | "admin" | "use")[];
            /** Team */
            team?: string | null;
            /** User */
            user?: string | null;
        };
        /** GrantView */
        GrantView: {
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Expires At */
            expires_at: number | null;
            /** Id */
            id: string;
            /** Library */
            library: string | null;
            /** Machine */
            machine: string | null;
            /** Object */
            object: string | null;
            /**
             * Permission
             * @enum {string}
             */
            permission: "read" | "source" | "execute" | "write" | "admin" | "use";
            /** Team */
            team: string | null;
            /** User */
            user: string | null;
        };
        /**
         * GraphView
         * @description A pipeline as it is drawn; a function is one node.
         */
        GraphView: {
            /** Aliases */
            aliases: {
                [key: string]: string;
            };
            kind: components["schemas"]["Kind"];
            /** Library */
            library: string;
            /** Links */
            links: components["schemas"]["LinkView"][];
            /** Nodes */
            nodes: components["schemas"]["NodeView"][];
            /** Object */
            object: string;
            /** Owner */
            owner: string;
            /** Version */
            version: number;
        };
        /**
         * Health
         * @description The server answers, and its database does.
         */
        Health: {
            /**
             * Status
             * @default ok
             * @enum {string}
             */
            status?: "ok" | "draining";
        };
        /** InputView */
        InputView: {
            /** Default */
            default: string | null;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Required */
            required: boolean;
            /** Type */
            type: string | null;
        };
        /** @enum {string} */
        Isolation: "auto" | "fork" | "spare" | "reuse" | "fresh";
        /** @enum {string} */
        Issue: "both" | "code" | "token";
        /**
         * ItemAnnounced
         * @description One file that an attempt leaves behind.
         */
        ItemAnnounced: {
            /** Media Type */
            media_type?: string | null;
            /** Name */
            name: string;
            /** @default artifact */
            role?: components["schemas"]["Role"];
            /** Sha256 */
            sha256: string;
            /** Size */
            size: number;
        };
        /**
         * ItemWanted
         * @description What is to be done about a file: nothing where it `exists`, else bytes from `offset` on to `upload_id`.
         */
        ItemWanted: {
            /** Name */
            name: string;
            /** Offset */
            offset: number;
            role: components["schemas"]["Role"];
            /**
             * Status
             * @enum {string}
             */
            status: "exists" | "upload";
            /** Upload Id */
            upload_id: string | null;
        };
        /** JobObject */
        JobObject: {
            /** Content Hash */
            content_hash: string;
            /** Entrypoint */
            entrypoint: string;
            /** Env */
            env: string;
            /** Isolation */
            isolation: string | null;
            /** Kind */
            kind: string;
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Version */
            version: number;
            /** Version Id */
            version_id: string;
        };
        /**
         * JobView
         * @description A claimed run: what a machine needs to know to run it.
         */
        JobView: {
            /** Allow Pickle */
            allow_pickle: boolean;
            /** Args */
            args: unknown[];
            /** Attempt */
            attempt: number;
            /** Caller */
            caller: {
                [key: string]: string;
            };
            /** Delivery */
            delivery: {
                [key: string]: unknown;
            };
            /** Fence */
            fence: string;
            /** Function */
            function: string | null;
            /** Isolation */
            isolation: string | null;
            /** Kwargs */
            kwargs: {
                [key: string]: unknown;
            };
            /** Lease Expires At */
            lease_expires_at: number;
            object: components["schemas"]["JobObject"];
            /** Output */
            output: string | null;
            /** Policy Subject */
            policy_subject: string;
            /** Priority */
            priority: number;
            /** Run Id */
            run_id: string;
            /** Timeout Seconds */
            timeout_seconds: number | null;
        };
        /** @enum {string} */
        Kind: "function" | "pipeline";
        /**
         * LibraryChange
         * @description What is to be different. `default_machine` (or `default_machine_id`) is a machine's id, name or `owner/name`;
         *     null for it, or for `max_concurrent`, takes the setting away.
         */
        LibraryChange: {
            /** Default Machine */
            default_machine?: string | null;
            /** Default Machine Id */
            default_machine_id?: string | null;
            /**
             * Description
             * @default
             */
            description?: string;
            /**
             * Display Name
             * @default
             */
            display_name?: string;
            /** @default grants */
            execution_policy?: components["schemas"]["ExecutionPolicy"];
            /** Max Concurrent */
            max_concurrent?: number | null;
            /**
             * Required Labels
             * @default []
             */
            required_labels?: string[];
            /** @default private */
            visibility?: components["schemas"]["Visibility"];
        };
        /** LibraryPage */
        LibraryPage: {
            /** Items */
            items: components["schemas"]["LibraryView"][];
            /** Next */
            next: string | null;
        };
        /**
         * LibraryRequest
         * @description A library of the caller's own.
         */
        LibraryRequest: {
            /** Default Machine */
            default_machine?: string | null;
            /** Default Machine Id */
            default_machine_id?: string | null;
            /**
             * Description
             * @default
             */
            description?: string;
            /**
             * Display Name
             * @default
             */
            display_name?: string;
            /** @default grants */
            execution_policy?: components["schemas"]["ExecutionPolicy"];
            /** Max Concurrent */
            max_concurrent?: number | null;
            /** Name */
            name: string;
            /**
             * Required Labels
             * @default []
             */
            required_labels?: string[];
            /** @default private */
            visibility?: components["schemas"]["Visibility"];
        };
        /**
         * LibraryView
         * @description A library, and in `can` what the caller may do there.
         */
        LibraryView: {
            /** Can */
            can: components["schemas"]["Right"][];
            /** Created At */
            created_at: number;
            /** Default Machine Id */
            default_machine_id: string | null;
            /** Description */
            description: string;
            /** Display Name */
            display_name: string;
            execution_policy: components["schemas"]["ExecutionPolicy"];
            /** Id */
            id: string;
            /** Max Concurrent */
            max_concurrent: number | null;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Required Labels */
            required_labels: string[];
            /** Updated At */
            updated_at: number;
            visibility: components["schemas"]["Visibility"];
        };
        /** LinkView */
        LinkView: {
            source: components["schemas"]["End"];
            target: components["schemas"]["End"];
        };
        /**
         * LogPiece
         * @description A piece of a stream. Ask again from `next_offset`; `ended` says that there is no more to come.
         *
         *     `line` is the number of its first line, where it was asked for by lines.
         */
        LogPiece: {
            /** Dropped Bytes */
            dropped_bytes: number;
            /** Ended */
            ended: boolean;
            /** Line */
            line: number | null;
            /** Next Offset */
            next_offset: number;
            /** Offset */
            offset: number;
            /** Size */
            size: number;
            /**
             * Stream
             * @enum {string}
             */
            stream: "stdout" | "stderr";
            /** Text */
            text: string;
        };
        /**
         * MachineChange
         * @description What is to be another way; what is not given stays. `max_concurrent` null leaves that to the machine.
         */
        MachineChange: {
            /** Display Name */
            display_name?: string | null;
            /** Draining */
            draining?: boolean | null;
            /** Labels */
            labels?: string[] | null;
            /** Max Concurrent */
            max_concurrent?: number | null;
            /** Name */
            name?: string | null;
        };
        /** MachinePage */
        MachinePage: {
            /** Items */
            items: components["schemas"]["MachineView"][];
            /** Next */
            next: string | null;
        };
        /** @enum {string} */
        MachineRight: "see" | "use" | "admin";
        /**
         * MachineStripe
         * @description A machine in the strip.
         */
        MachineStripe: {
            /** Capacity */
            capacity: number;
            /** Display Name */
            display_name: string;
            /** Id */
            id: string;
            /** Last Seen At */
            last_seen_at: number | null;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Running */
            running: number;
            status: components["schemas"]["Status"];
        };
        /** MachineView */
        MachineView: {
            /** Can */
            can: components["schemas"]["MachineRight"][];
            /** Capacity */
            capacity: number;
            /** Connected At */
            connected_at: number | null;
            /** Created At */
            created_at: number;
            /** Daemon Version */
            daemon_version: string | null;
            /** Display Name */
            display_name: string;
            /** Draining */
            draining: boolean;
            /** Id */
            id: string;
            /** Labels */
            labels: string[];
            /** Last Seen At */
            last_seen_at: number | null;
            /** Lease Expires At */
            lease_expires_at: number | null;
            /** Max Concurrent */
            max_concurrent: number | null;
            /** Name */
            name: string;
            /** Online */
            online: boolean;
            /** Owner */
            owner: string;
            /** Policy */
            policy: string[];
            /** Revoked At */
            revoked_at: number | null;
            /** Running */
            running: number;
            /** Snapshot */
            snapshot: {
                [key: string]: unknown;
            };
            status: components["schemas"]["Status"];
        };
        /** @enum {string} */
        May: "publish" | "call";
        /**
         * MeView
         * @description Who is looking, and what they may do.
         */
        MeView: {
            /** Admin */
            admin: boolean;
            /** Display Name */
            display_name: string;
            /** Expires At */
            expires_at: number | null;
            /** Id */
            id: string;
            kind: components["schemas"]["CredentialKind"];
            /** Name */
            name: string;
            /** Scopes */
            scopes: string[];
        };
        /** MemberPut */
        MemberPut: {
            /**
             * Role
             * @default member
             * @enum {string}
             */
            role?: "member" | "lead";
        };
        /** MemberView */
        MemberView: {
            /** Display Name */
            display_name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "member" | "lead";
            /** User */
            user: string;
        };
        /**
         * NodeView
         * @description One node: `constants` are inputs with a fixed value, `given` those that the caller gives.
         */
        NodeView: {
            /** Aliases */
            aliases: string[];
            /** Constants */
            constants: string[];
            /** Function */
            function: string | null;
            /** Given */
            given: string[];
            /** Id */
            id: string;
            /** Inputs */
            inputs: string[];
            /**
             * Kind
             * @enum {string}
             */
            kind: "function" | "remote";
            /** Outputs */
            outputs: string[];
            remote: components["schemas"]["RemoteView"] | null;
            runs_on: components["schemas"]["daemon_server__objects__schemas__MachineHint"];
        };
        /**
         * ObjectDetail
         * @description One version with everything that is known of it; `yaml` only where it was asked for. `via` is the reference it
         *     was found by; `tags` are those that point to this version.
         */
        ObjectDetail: {
            /** Aliases */
            aliases: {
                [key: string]: string;
            };
            /** Can */
            can: components["schemas"]["Right"][];
            /** Capture */
            capture: {
                [key: string]: unknown;
            } | null;
            /** Constraints */
            constraints: string[];
            /** Content Hash */
            content_hash: string;
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Dependencies */
            dependencies: string[];
            /** Display Name */
            display_name: string;
            /** Doc */
            doc: string;
            /** Entrypoint */
            entrypoint: string;
            /** Env */
            env: string;
            /** Functions */
            functions: string[];
            /** Id */
            id: string;
            /** Inputs */
            inputs: components["schemas"]["InputView"][];
            isolation: components["schemas"]["Isolation"] | null;
            kind: components["schemas"]["Kind"];
            /** Latest */
            latest: number;
            /** Library */
            library: string;
            /** Machine Id */
            machine_id: string | null;
            /** Name */
            name: string;
            /** Object Id */
            object_id: string;
            /** Outputs */
            outputs: components["schemas"]["OutputView"][];
            /** Owner */
            owner: string;
            /** Python */
            python: string;
            /** Requirements */
            requirements: string[];
            /** Requires Python */
            requires_python: string;
            /** Size Bytes */
            size_bytes: number;
            /** Tags */
            tags: string[];
            /** Updated At */
            updated_at: number;
            /** Version */
            version: number;
            /** Via */
            via: string | null;
            /** Yaml */
            yaml?: string | null;
        };
        /** ObjectPage */
        ObjectPage: {
            /** Items */
            items: components["schemas"]["ObjectView"][];
            /** Next */
            next: string | null;
        };
        /**
         * ObjectView
         * @description One line of the catalogue: an object at its latest version; `tags` are all of its tags.
         */
        ObjectView: {
            /** Can */
            can: components["schemas"]["Right"][];
            /** Created At */
            created_at: number;
            /** Display Name */
            display_name: string;
            /** Doc */
            doc: string;
            /** Entrypoint */
            entrypoint: string;
            /** Env */
            env: string;
            /** Id */
            id: string;
            /** Inputs */
            inputs: components["schemas"]["InputView"][];
            kind: components["schemas"]["Kind"];
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Outputs */
            outputs: components["schemas"]["OutputView"][];
            /** Owner */
            owner: string;
            /** Tags */
            tags: {
                [key: string]: number;
            };
            /** Updated At */
            updated_at: number;
            /** Version */
            version: number;
        };
        /**
         * OutputView
         * @description One result: what to pass as `output` for it, and how its value is read from the result.
         */
        OutputView: {
            /** Name */
            name: string;
            /** Read */
            read: string;
            /** Selector */
            selector: string | null;
            /** Type */
            type: string | null;
        };
        /**
         * OverviewView
         * @description Everything the console shows first. Its events go on behind `event_cursor`.
         */
        OverviewView: {
            /** Event Cursor */
            event_cursor: string;
            /** Expiring Tokens */
            expiring_tokens: components["schemas"]["ExpiringToken"][];
            /** Machines */
            machines: components["schemas"]["MachineStripe"][];
            me: components["schemas"]["MeView"];
            /** Recent Runs */
            recent_runs: components["schemas"]["RunSummary"][];
            /** Server Time */
            server_time: number;
            /** Server Version */
            server_version: string;
            /** Setup */
            setup: components["schemas"]["SetupStep"][];
            tiles: components["schemas"]["Tiles"];
        };
        /** Pair */
        Pair: {
            /** Fence */
            fence: string;
            /** Run Id */
            run_id: string;
        };
        /** Place */
        Place: {
            /** Library */
            library: string;
            /** Object */
            object: string;
            /** Owner */
            owner: string;
        };
        /**
         * PlacementView
         * @description The machine that was asked for, the one that has it, and why it waits.
         */
        PlacementView: {
            machine: components["schemas"]["daemon_server__runs__schemas__MachineHint"] | null;
            /** Target Machine */
            target_machine: string | null;
            waiting: components["schemas"]["Waiting"] | null;
        };
        /** Policy */
        Policy: {
            /** Allow */
            allow?: string[];
        };
        /**
         * Problem
         * @description An error, as RFC 9457 has it. Programs look at `code`; people read `detail` and `hint`.
         */
        Problem: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /**
             * Details
             * @default null
             */
            details?: {
                [key: string]: unknown;
            } | null;
            /**
             * Hint
             * @default null
             */
            hint?: string | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /** Type */
            type: string;
        };
        /** Progress */
        Progress: {
            /** Done */
            done?: number | null;
            /**
             * Text
             * @default
             */
            text?: string | null;
            /** Total */
            total?: number | null;
        };
        /**
         * PublishRequest
         * @description A bundle to be stored under a name; without one, under its entrypoint's. Where `content_hash` is given, the
         *     server's own must be the same.
         */
        PublishRequest: {
            /** Capture */
            capture?: {
                [key: string]: unknown;
            } | null;
            /** Content Hash */
            content_hash?: string | null;
            /** Display Name */
            display_name?: string | null;
            /** Entrypoint */
            entrypoint?: string | null;
            /**
             * Env
             * @default default
             */
            env?: string;
            isolation?: components["schemas"]["Isolation"] | null;
            /** Name */
            name?: string | null;
            /** Tag */
            tag?: string | null;
            /** Yaml */
            yaml: string;
        };
        /**
         * PublishedView
         * @description What became of a publish. `created` is false where the object already had this content.
         */
        PublishedView: {
            /** Capture */
            capture: {
                [key: string]: unknown;
            } | null;
            /** Content Hash */
            content_hash: string;
            /** Created */
            created: boolean;
            /** Display Name */
            display_name: string;
            /** Entrypoint */
            entrypoint: string;
            /** Env */
            env: string;
            /** Id */
            id: string;
            isolation: components["schemas"]["Isolation"] | null;
            kind: components["schemas"]["Kind"];
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Version */
            version: number;
        };
        /**
         * RedeemRequest
         * @description What a daemon says of itself as it comes in with a code.
         */
        RedeemRequest: {
            /**
             * Daemon Version
             * @default
             */
            daemon_version?: string;
            /** Display Name */
            display_name?: string | null;
        };
        /**
         * RedeemView
         * @description The machine's token, shown this once.
         */
        RedeemView: {
            /** Display Name */
            display_name: string;
            /** Expires At */
            expires_at: number;
            /** Machine Id */
            machine_id: string;
            /** Machine Token */
            machine_token: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Scopes */
            scopes: string[];
            server: components["schemas"]["ServerView"];
        };
        /** ReferencePage */
        ReferencePage: {
            /** Items */
            items: components["schemas"]["ReferenceView"][];
            /** Next */
            next: string | null;
        };
        /**
         * ReferenceRequest
         * @description An object of another library, to be shown here under a name; without a version it follows the latest.
         */
        ReferenceRequest: {
            /**
             * Library
             * @default default
             */
            library?: string;
            /** Name */
            name?: string | null;
            /** Object */
            object: string;
            /** Owner */
            owner: string;
            /** Version */
            version?: number | string | null;
        };
        /**
         * ReferenceView
         * @description `target` is null where what it refers to is not there for the caller.
         */
        ReferenceView: {
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            target: components["schemas"]["Place"] | null;
            /** Version */
            version: number | null;
        };
        /**
         * RemoteView
         * @description The object that a remote node calls, with what it leaves open filled in.
         */
        RemoteView: {
            /** Function */
            function: string | null;
            /** Library */
            library: string | null;
            /** Name */
            name: string;
            /** Owner */
            owner: string | null;
            /** Resolved */
            resolved: boolean;
            /** Target Machine */
            target_machine: string | null;
            /** Url */
            url: string | null;
            /** Version */
            version: string;
        };
        /** RemovedLibrary */
        RemovedLibrary: {
            /** Name */
            name: string;
            /** Owner */
            owner: string;
        };
        /** RemovedReference */
        RemovedReference: {
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
        };
        /**
         * RetryRequest
         * @description A key makes sure that a run is tried again once, however often it is asked for.
         */
        RetryRequest: {
            /** Idempotency Key */
            idempotency_key?: string | null;
        };
        /** RevokedView */
        RevokedView: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Status
             * @default revoked
             * @constant
             */
            status?: "revoked";
        };
        /** @enum {string} */
        Right: "read" | "source" | "execute" | "write" | "admin";
        /**
         * RightView
         * @description One right: whether it is there, why, and what is missing for it.
         */
        RightView: {
            /** Allowed */
            allowed: boolean;
            /** Missing */
            missing: string | null;
            /** Reasons */
            reasons: string[];
            /** Right */
            right: string;
        };
        /** @enum {string} */
        Role: "artifact" | "result";
        /**
         * RotatedView
         * @description The machine's next token, shown this once. The one before stays good for a day.
         */
        RotatedView: {
            /** Expires At */
            expires_at: number;
            /** Machine Id */
            machine_id: string;
            /** Machine Token */
            machine_token: string;
            /** Token Id */
            token_id: string;
        };
        /**
         * RunCreate
         * @description One call.
         */
        RunCreate: {
            /**
             * Allow Pickle
             * @default false
             */
            allow_pickle?: boolean;
            /** Args */
            args?: unknown[];
            /** Batch */
            batch?: string | null;
            /** Context */
            context?: {
                [key: string]: unknown;
            } | null;
            /** Correlation Id */
            correlation_id?: string | null;
            delivery?: components["schemas"]["Delivery"];
            /** Function */
            function?: string | null;
            /** Idempotency Key */
            idempotency_key?: string | null;
            isolation?: components["schemas"]["Isolation"] | null;
            /** Kwargs */
            kwargs?: {
                [key: string]: unknown;
            };
            /** Labels */
            labels?: string[];
            /** Library */
            library?: string | null;
            /** Lost After Seconds */
            lost_after_seconds?: number | null;
            /** Machine Subtoken */
            machine_subtoken?: string | null;
            /** Object */
            object: string;
            /**
             * Offline Policy
             * @default queue
             * @enum {string}
             */
            offline_policy?: "queue" | "fail";
            /** Output */
            output?: string | null;
            /** Owner */
            owner?: string | null;
            /** Parent Run Id */
            parent_run_id?: string | null;
            /**
             * Priority
             * @default 0
             */
            priority?: number;
            /**
             * Queue
             * @default false
             */
            queue?: boolean;
            /** Target Machine */
            target_machine?: string | null;
            /** Timeout Seconds */
            timeout_seconds?: number | null;
            /** Version */
            version?: number | string | null;
        };
        /**
         * RunDetail
         * @description A run, whole: its attempts, its timeline, its files, and where it was placed.
         */
        RunDetail: {
            /** Artifacts */
            artifacts: {
                [key: string]: unknown;
            }[];
            /** Attempts */
            attempts: components["schemas"]["AttemptView"][];
            /** Events */
            events: components["schemas"]["EventView"][];
            input: components["schemas"]["RunInput"] | null;
            placement: components["schemas"]["PlacementView"];
            run: components["schemas"]["RunView"];
        };
        /**
         * RunInput
         * @description What a run was called with, as documents. `bytes` is its size; what is too large for a page is left out.
         */
        RunInput: {
            /** Args */
            args: unknown[];
            /** Bytes */
            bytes: number;
            /** Complete */
            complete: boolean;
            /** Kwargs */
            kwargs: {
                [key: string]: unknown;
            };
        };
        /** RunPage */
        RunPage: {
            /** Items */
            items: components["schemas"]["RunSummary"][];
            /** Next */
            next: string | null;
        };
        /**
         * RunSummary
         * @description A run as lists show it. `status` is `state`; `phase` is what it is doing, while it has not ended.
         */
        RunSummary: {
            /** Attempt */
            attempt: number;
            /** Batch Id */
            batch_id: string | null;
            /** Batch Index */
            batch_index: number | null;
            /** Caller */
            caller: string;
            /** Can */
            can: string[];
            /** Correlation Id */
            correlation_id: string | null;
            /** Created At */
            created_at: number;
            delivery: components["schemas"]["DeliveryView"];
            /** Finished At */
            finished_at: number | null;
            /** Function */
            function: string | null;
            /** Id */
            id: string;
            /** Isolation */
            isolation: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "function" | "pipeline";
            /** Library */
            library: string;
            machine: components["schemas"]["daemon_server__runs__schemas__MachineHint"] | null;
            /**
             * Mode
             * @constant
             */
            mode: "server";
            /** Object */
            object: string;
            /** Output */
            output: string | null;
            /** Owner */
            owner: string;
            /** Parent Run Id */
            parent_run_id: string | null;
            /** Phase */
            phase: string | null;
            /** Priority */
            priority: number;
            progress: components["schemas"]["Progress"] | null;
            /** Queue Expires At */
            queue_expires_at: number;
            /** Reason */
            reason: string | null;
            /** Retry Of */
            retry_of: string | null;
            /** Started At */
            started_at: number | null;
            state: components["schemas"]["State"];
            status: components["schemas"]["State"];
            /** Target Machine */
            target_machine: string | null;
            /** Timeout Seconds */
            timeout_seconds: number | null;
            timings: components["schemas"]["Timings"];
            /** Version */
            version: number;
            waiting: components["schemas"]["Waiting"] | null;
        };
        /**
         * RunView
         * @description A run with what it carries. `result` is a document, there only where the run succeeded.
         */
        RunView: {
            /** Artifacts */
            artifacts: {
                [key: string]: unknown;
            }[];
            /** Attempt */
            attempt: number;
            /** Batch Id */
            batch_id: string | null;
            /** Batch Index */
            batch_index: number | null;
            /** Caller */
            caller: string;
            /** Can */
            can: string[];
            /** Correlation Id */
            correlation_id: string | null;
            /** Created At */
            created_at: number;
            delivery: components["schemas"]["DeliveryView"];
            /** Error */
            error: {
                [key: string]: unknown;
            } | null;
            /** Finished At */
            finished_at: number | null;
            /** Function */
            function: string | null;
            /** Id */
            id: string;
            /** Isolation */
            isolation: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "function" | "pipeline";
            /** Library */
            library: string;
            machine: components["schemas"]["daemon_server__runs__schemas__MachineHint"] | null;
            /**
             * Mode
             * @constant
             */
            mode: "server";
            /** Object */
            object: string;
            /** Output */
            output: string | null;
            /** Owner */
            owner: string;
            /** Parent Run Id */
            parent_run_id: string | null;
            /** Phase */
            phase: string | null;
            /** Priority */
            priority: number;
            progress: components["schemas"]["Progress"] | null;
            /** Queue Expires At */
            queue_expires_at: number;
            /** Reason */
            reason: string | null;
            /** Result */
            result?: unknown;
            /** Retry Of */
            retry_of: string | null;
            /** Started At */
            started_at: number | null;
            state: components["schemas"]["State"];
            status: components["schemas"]["State"];
            /** Target Machine */
            target_machine: string | null;
            /** Timeout Seconds */
            timeout_seconds: number | null;
            timings: components["schemas"]["Timings"];
            /** Version */
            version: number;
            waiting: components["schemas"]["Waiting"] | null;
        };
        /** ServerView */
        ServerView: {
            /** Time */
            time: number;
            /** Version */
            version: string;
        };
        /**
         * SessionView
         * @description Who is signed in. `csrf` goes into the header `X-SPL-CSRF` of each request that changes something.
         */
        SessionView: {
            /** Csrf */
            csrf: string;
            /** Expires At */
            expires_at: number;
            /** Id */
            id: string;
            /** Scopes */
            scopes: string[];
            /** User */
            user: string;
        };
        /** SettingsChange */
        SettingsChange: {
            /** Execution Token Days */
            execution_token_days?: number | null;
            /** Name */
            name?: string | null;
            /** User Token Days */
            user_token_days?: number | null;
        };
        /**
         * SettingsView
         * @description What administrators may set while the server runs.
         */
        SettingsView: {
            /** Execution Token Days */
            execution_token_days: number;
            /** Name */
            name: string;
            /** User Token Days */
            user_token_days: number;
        };
        /**
         * SetupStep
         * @description Something to do before everything works, and whether it is done.
         */
        SetupStep: {
            /** Done */
            done: boolean;
            /** Step */
            step: string;
        };
        /** Side */
        Side: {
            /** Content Hash */
            content_hash: string;
            /** Created At */
            created_at: number;
            /** Version */
            version: number;
        };
        /**
         * SignIn
         * @description Either a user's token or a one-time code.
         */
        SignIn: {
            /** Code */
            code?: string | null;
            /** Token */
            token?: string | null;
        };
        /**
         * SignatureView
         * @description How an object, or a function inside it, is called.
         */
        SignatureView: {
            /** Aliases */
            aliases: {
                [key: string]: string;
            };
            /** Can */
            can: components["schemas"]["Right"][];
            /** Capture */
            capture: {
                [key: string]: unknown;
            } | null;
            /** Dependencies */
            dependencies: string[];
            /** Display Name */
            display_name: string;
            /** Doc */
            doc: string;
            /** Entrypoint */
            entrypoint: string;
            /** Env */
            env: string;
            /** Function */
            function: string | null;
            /** Functions */
            functions: string[];
            /** Id */
            id: string;
            /** Inputs */
            inputs: components["schemas"]["DetailedInput"][];
            isolation: components["schemas"]["Isolation"] | null;
            kind: components["schemas"]["Kind"];
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Needs */
            needs: {
                [key: string]: string[];
            };
            /** Nodes */
            nodes: string[];
            /** Object */
            object: string;
            /** Outputs */
            outputs: components["schemas"]["DetailedOutput"][];
            /** Owner */
            owner: string;
            /** Python */
            python: string;
            /** Requirements */
            requirements: string[];
            /** Requires Python */
            requires_python: string;
            /** Tags */
            tags: string[];
            /** Version */
            version: number;
        };
        /** @enum {string} */
        Sort: "created" | "-created" | "started" | "-started" | "finished" | "-finished" | "duration" | "-duration";
        /** StartRequest */
        StartRequest: {
            /** Fence */
            fence: string;
        };
        /** StartView */
        StartView: {
            /** Attempt */
            attempt: number;
            /** Capability */
            capability: string;
            /** Fence */
            fence: string;
            /** Lease Expires At */
            lease_expires_at: number;
            /** Run Id */
            run_id: string;
        };
        /** @enum {string} */
        State: "queued" | "claimed" | "running" | "unknown" | "cancelling" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost" | "expired";
        /** @enum {string} */
        Status: "online" | "offline" | "draining" | "revoked";
        /**
         * SyncRequest
         * @description A sign of life, what happened, and the wish for work. `poll` 0 only delivers.
         */
        SyncRequest: {
            /**
             * Capacity
             * @default 0
             */
            capacity?: number;
            /** Connection Id */
            connection_id: string;
            /** Events */
            events?: components["schemas"]["EventTold"][];
            /** Held */
            held?: components["schemas"]["Told"][];
            /**
             * Poll
             * @default 0
             */
            poll?: number;
            /**
             * Wait
             * @default 0
             */
            wait?: number;
        };
        /** SyncView */
        SyncView: {
            /** Cancel */
            cancel: components["schemas"]["Pair"][];
            /** Draining */
            draining: boolean;
            /** Events */
            events: components["schemas"]["EventAnswer"][];
            /** Generation */
            generation: number;
            /** Jobs */
            jobs: components["schemas"]["JobView"][];
            /** Server Time */
            server_time: number;
            /** Stale */
            stale: components["schemas"]["Pair"][];
        };
        /**
         * TagRequest
         * @description The version that the tag is to point to: a number, another tag, or `latest`.
         */
        TagRequest: {
            /** Version */
            version: number | string;
        };
        /**
         * TagView
         * @description Where a tag points, and where it pointed before; null is nowhere.
         */
        TagView: {
            /** Before */
            before: number | null;
            /** Name */
            name: string;
            /** Tag */
            tag: string;
            /** Version */
            version: number | null;
        };
        /** TeamCreate */
        TeamCreate: {
            /** Display Name */
            display_name?: string | null;
            /** Members */
            members?: string[];
            /** Name */
            name: string;
        };
        /** TeamDetail */
        TeamDetail: {
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Display Name */
            display_name: string;
            /** Members */
            members: components["schemas"]["MemberView"][];
            /** Name */
            name: string;
        };
        /** TeamPage */
        TeamPage: {
            /** Items */
            items: components["schemas"]["TeamView"][];
            /** Next */
            next: string | null;
        };
        /** TeamView */
        TeamView: {
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Display Name */
            display_name: string;
            /** Name */
            name: string;
        };
        /**
         * Tiles
         * @description Counts of what one may see. `waiting_offline` are queued runs whose machine is not there.
         */
        Tiles: {
            /** Failed 24H */
            failed_24h: number;
            /** Machines */
            machines: number;
            /** Machines Online */
            machines_online: number;
            /** Queued */
            queued: number;
            /** Running */
            running: number;
            /** Waiting Offline */
            waiting_offline: number;
        };
        /** TimesView */
        TimesView: {
            /** Claim Lease Seconds */
            claim_lease_seconds: number;
            /** Machine Lease Seconds */
            machine_lease_seconds: number;
            /** Run Lease Seconds */
            run_lease_seconds: number;
            /** Sync Seconds */
            sync_seconds: number;
            /** Wait Seconds */
            wait_seconds: number;
        };
        /** Timings */
        Timings: {
            /** Build Ms */
            build_ms?: number | null;
            /** Queued Ms */
            queued_ms?: number | null;
            /** Run Ms */
            run_ms?: number | null;
            /** Start Ms */
            start_ms?: number | null;
        };
        /**
         * TokenCreate
         * @description A `user` token for oneself, a machine's `subtoken`, or an `execution` token for a library or one callable.
         */
        TokenCreate: {
            /** Allowed Users */
            allowed_users?: string[];
            /** Expires In Seconds */
            expires_in_seconds?: number | null;
            /** Function */
            function?: string | null;
            /**
             * Kind
             * @default user
             * @enum {string}
             */
            kind?: "user" | "subtoken" | "execution";
            /** Library */
            library?: string | null;
            /** Machine */
            machine?: string | null;
            /** Name */
            name: string;
            /** Object */
            object?: string | null;
            /** Scopes */
            scopes?: string[] | null;
        };
        /**
         * TokenCreated
         * @description The new token. Its raw value is in this answer alone.
         */
        TokenCreated: {
            /** Allowed Users */
            allowed_users: string[];
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Expires At */
            expires_at: number;
            /** Function */
            function: string | null;
            /** Hint */
            hint: string;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Last Used At */
            last_used_at: number | null;
            /** Last Used Ip */
            last_used_ip: string | null;
            /** Library */
            library: string | null;
            /** Machine Id */
            machine_id: string | null;
            /** Name */
            name: string;
            /** Object */
            object: string | null;
            /** Revoked At */
            revoked_at: number | null;
            /** Revoked By */
            revoked_by: string | null;
            /** Revoked Reason */
            revoked_reason: string | null;
            /** Rotated From */
            rotated_from: string | null;
            /** Scopes */
            scopes: string[];
            /**
             * Status
             * @enum {string}
             */
            status: "live" | "expired" | "revoked" | "used";
            /** Token */
            token: string;
            /** User */
            user: string;
        };
        /** TokenPage */
        TokenPage: {
            /** Items */
            items: components["schemas"]["TokenView"][];
            /** Next */
            next: string | null;
        };
        /**
         * TokenRotate
         * @description How long the old token stays good beside the new one; at once is the default.
         */
        TokenRotate: {
            /** Expires In Seconds */
            expires_in_seconds?: number | null;
            /**
             * Overlap Seconds
             * @default 0
             */
            overlap_seconds?: number;
        };
        /**
         * TokenView
         * @description A credential without its secret; `hint` is how it begins.
         */
        TokenView: {
            /** Allowed Users */
            allowed_users: string[];
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Expires At */
            expires_at: number;
            /** Function */
            function: string | null;
            /** Hint */
            hint: string;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Last Used At */
            last_used_at: number | null;
            /** Last Used Ip */
            last_used_ip: string | null;
            /** Library */
            library: string | null;
            /** Machine Id */
            machine_id: string | null;
            /** Name */
            name: string;
            /** Object */
            object: string | null;
            /** Revoked At */
            revoked_at: number | null;
            /** Revoked By */
            revoked_by: string | null;
            /** Revoked Reason */
            revoked_reason: string | null;
            /** Rotated From */
            rotated_from: string | null;
            /** Scopes */
            scopes: string[];
            /**
             * Status
             * @enum {string}
             */
            status: "live" | "expired" | "revoked" | "used";
            /** User */
            user: string;
        };
        /**
         * Told
         * @description An attempt that a machine has in hand.
         */
        Told: {
            /** Fence */
            fence: string;
            /** Phase */
            phase?: string | null;
            /** Run Id */
            run_id: string;
            /** State */
            state?: string | null;
        };
        /**
         * UsedByView
         * @description `hidden` counts those that the caller may not see; it is told to who administers the object.
         */
        UsedByView: {
            /** Hidden */
            hidden: number;
            /** Items */
            items: components["schemas"]["daemon_server__objects__schemas__UserView"][];
        };
        /** UserChange */
        UserChange: {
            /** Admin */
            admin?: boolean | null;
            /** Disabled */
            disabled?: boolean | null;
            /** Display Name */
            display_name?: string | null;
        };
        /** UserCreate */
        UserCreate: {
            /**
             * Admin
             * @default false
             */
            admin?: boolean;
            /** Display Name */
            display_name?: string | null;
            /** Name */
            name: string;
        };
        /**
         * UserCreated
         * @description The new user, and the code that signs them in once, within ten minutes. It is shown only here.
         */
        UserCreated: {
            /** Admin */
            admin: boolean;
            /** Created At */
            created_at: number;
            /** Disabled At */
            disabled_at: number | null;
            /** Display Name */
            display_name: string;
            /** Login Code */
            login_code: string;
            /** Login Code Expires At */
            login_code_expires_at: number;
            /** Name */
            name: string;
        };
        /** UserPage */
        UserPage: {
            /** Items */
            items: components["schemas"]["daemon_server__identity__schemas__UserView"][];
            /** Next */
            next: string | null;
        };
        /**
         * ValidateRequest
         * @description The arguments of a call that is not made.
         */
        ValidateRequest: {
            /** Args */
            args?: unknown[];
            /** Function */
            function?: string | null;
            /** Kwargs */
            kwargs?: {
                [key: string]: unknown;
            };
            /** Output */
            output?: string | null;
            /** Version */
            version?: number | string | null;
        };
        /** ValidateView */
        ValidateView: {
            /** Problems */
            problems: components["schemas"]["Problem"][];
            /** Valid */
            valid: boolean;
        };
        /**
         * Version
         * @description Which server this is, and whom it understands.
         *
         *     `started_at` is epoch milliseconds.
         */
        Version: {
            /**
             * Database
             * @enum {string}
             */
            database: "sqlite" | "postgresql";
            /** Limits */
            limits: {
                [key: string]: number;
            };
            /** Max Wait Seconds */
            max_wait_seconds: number;
            /** Oldest Client */
            oldest_client: string;
            /** Started At */
            started_at: number;
            /** Version */
            version: string;
        };
        /** VersionPage */
        VersionPage: {
            /** Items */
            items: components["schemas"]["VersionView"][];
            /** Next */
            next: string | null;
        };
        /** VersionView */
        VersionView: {
            /** Content Hash */
            content_hash: string;
            /** Created At */
            created_at: number;
            /** Created By */
            created_by: string;
            /** Entrypoint */
            entrypoint: string;
            /** Env */
            env: string;
            /** Id */
            id: string;
            isolation: components["schemas"]["Isolation"] | null;
            kind: components["schemas"]["Kind"];
            /** Latest */
            latest: boolean;
            /** Machine Id */
            machine_id: string | null;
            /** Object */
            object: string;
            /** Size Bytes */
            size_bytes: number;
            /** Tags */
            tags: string[];
            /** Version */
            version: number;
        };
        /** @enum {string} */
        Visibility: "private" | "public";
        /**
         * Waiting
         * @description Why a run waits.
         */
        Waiting: {
            /** Code */
            code: string;
            /** Text */
            text: string;
        };
        /** Wants */
        Wants: {
            /** Items */
            items: components["schemas"]["ItemWanted"][];
        };
        /**
         * WhoamiView
         * @description What this credential is and may do. What doesn't apply to its kind is null.
         */
        WhoamiView: {
            /** Admin */
            admin: boolean;
            /** Display Name */
            display_name: string;
            /** Expires At */
            expires_at: number | null;
            /** Function */
            function: string | null;
            /** Kind */
            kind: string;
            /** Library */
            library: string | null;
            /** Machine Id */
            machine_id: string | null;
            /** Object */
            object: string | null;
            /** Scopes */
            scopes: string[];
            /** Server Time */
            server_time: number;
            /** Teams */
            teams: string[];
            /** Token Id */
            token_id: string;
            /** User */
            user: string;
        };
        /**
         * VerdictView
         * @description Whether every line is as it was written, and none is missing.
         */
        daemon_server__audit__schemas__VerdictView: {
            /** Broken At */
            broken_at: number | null;
            /** Checked */
            checked: number;
            /** Ok */
            ok: boolean;
            /** Reason */
            reason: string | null;
        };
        /** UserView */
        daemon_server__identity__schemas__UserView: {
            /** Admin */
            admin: boolean;
            /** Created At */
            created_at: number;
            /** Disabled At */
            disabled_at: number | null;
            /** Display Name */
            display_name: string;
            /** Name */
            name: string;
        };
        /**
         * MachineHint
         * @description Where a node would run, as far as is known before a run: `text` says it in words.
         */
        daemon_server__objects__schemas__MachineHint: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "here" | "target" | "library_default" | "labels" | "any" | "unknown";
            /** Machine */
            machine: string | null;
            /** Text */
            text: string;
        };
        /**
         * UserView
         * @description Who uses an object: a node of a pipeline, or a reference. `pins` is the version it asks for.
         */
        daemon_server__objects__schemas__UserView: {
            /** Function */
            function: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "pipeline" | "reference";
            /** Library */
            library: string;
            /** Name */
            name: string;
            /** Node */
            node: string | null;
            /** Owner */
            owner: string;
            /** Pins */
            pins: string | null;
            /** Version */
            version: number | null;
        };
        /** MachineHint */
        daemon_server__runs__schemas__MachineHint: {
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /** VerdictView */
        daemon_server__sync__schemas__VerdictView: {
            /** Fence */
            fence: string;
            /** Run Id */
            run_id: string;
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "continue" | "stop" | "stale";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    explain_access_explain_get: {
        parameters: {
            query?: {
                library?: string | null;
                machine?: string | null;
                object?: string | null;
                user?: string | null;
                /** @description Also answer `allowed` for this one. */
                permission?: ("read" | "source" | "execute" | "write" | "admin" | "use") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit_audit_get: {
        parameters: {
            query?: {
                actor?: string | null;
                /** @description Whole, or its beginning and `*`. */
                action?: string | null;
                target?: string | null;
                q?: string | null;
                /** @description Epoch milliseconds. */
                since?: number | null;
                /** @description Epoch milliseconds. */
                until?: number | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_audit_audit_verify_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["daemon_server__audit__schemas__VerdictView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_blob_blobs__sha256__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The hash of the content, in lower case. */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlobView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    has_blob_blobs__sha256__head: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The hash of the content, in lower case. */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    connect_connections_connect_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connected"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disconnect_connections_disconnect_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DisconnectRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Disconnected"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow_console_events_get: {
        parameters: {
            query?: {
                after?: string | null;
            };
            header?: {
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_overview_console_overview_get: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OverviewView"];
                };
            };
            /** @description As before */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enrol_daemon_enrollment_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolmentRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeem_daemon_enrollment_redeem_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedeemRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedeemView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_grants_grants_get: {
        parameters: {
            query?: {
                library?: string | null;
                machine?: string | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_grants_grants_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GrantPut"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_grants_grants_delete: {
        parameters: {
            query?: {
                library?: string | null;
                machine?: string | null;
                object?: string | null;
                user?: string | null;
                team?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_libraries_libraries_get: {
        parameters: {
            query?: {
                owner?: string | null;
                q?: string | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_library_libraries_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LibraryRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_machine_token_rotate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_machines_machines_get: {
        parameters: {
            query?: {
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
                /** @description Also those that were taken off the server. */
                revoked?: boolean;
                /** @description What the name, shown or not, has in it. */
                q?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MachinePage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_machine_machines__machine__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A machine's id, or its name. */
                machine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MachineView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_machine_machines__machine__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A machine's id, or its name. */
                machine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_machine_machines__machine__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A machine's id, or its name. */
                machine: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MachineChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MachineView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scrape_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_objects_objects_get: {
        parameters: {
            query?: {
                q?: string | null;
                kind?: components["schemas"]["Kind"] | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_object_objects__name__get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                include_yaml?: boolean;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectDetail"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forget_objects__name__delete: {
        parameters: {
            query?: {
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgottenView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compare_objects__name__compare_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                a?: string | null;
                /** @description A number, a tag, or `latest`. */
                b?: string | null;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompareView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    graph_objects__name__graph_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inputs_objects__name__inputs_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                function?: string | null;
                schema?: "list" | "json";
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetailedInput"][] | {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    outputs_objects__name__outputs_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                function?: string | null;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetailedOutput"][];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signature_objects__name__signature_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                function?: string | null;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignatureView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_tag_objects__name__tags__tag__put: {
        parameters: {
            query?: {
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                name: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TagRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_tag_objects__name__tags__tag__delete: {
        parameters: {
            query?: {
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                name: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    used_by_objects__name__used_by_get: {
        parameters: {
            query?: {
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsedByView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validate_objects__name__validate_post: {
        parameters: {
            query?: {
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidateView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_versions_objects__name__versions_get: {
        parameters: {
            query?: {
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forget_version_objects__name__versions__version__delete: {
        parameters: {
            query?: {
                owner?: string | null;
                library?: string | null;
            };
            header?: never;
            path: {
                name: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgottenView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_library_owners__owner__libraries__library__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_library_owners__owner__libraries__library__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovedLibrary"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_library_owners__owner__libraries__library__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LibraryChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LibraryView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    copy_owners__owner__libraries__library__copies_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CopyRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedView"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_objects_owners__owner__libraries__library__objects_get: {
        parameters: {
            query?: {
                q?: string | null;
                kind?: components["schemas"]["Kind"] | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    publish_owners__owner__libraries__library__objects_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PublishRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedView"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_object_owners__owner__libraries__library__objects__name__get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                include_yaml?: boolean;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectDetail"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forget_owners__owner__libraries__library__objects__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgottenView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compare_owners__owner__libraries__library__objects__name__compare_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                a?: string | null;
                /** @description A number, a tag, or `latest`. */
                b?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompareView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    graph_owners__owner__libraries__library__objects__name__graph_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inputs_owners__owner__libraries__library__objects__name__inputs_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                function?: string | null;
                schema?: "list" | "json";
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetailedInput"][] | {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    outputs_owners__owner__libraries__library__objects__name__outputs_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                function?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetailedOutput"][];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signature_owners__owner__libraries__library__objects__name__signature_get: {
        parameters: {
            query?: {
                /** @description A number, a tag, or `latest`. */
                version?: string | null;
                function?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignatureView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_tag_owners__owner__libraries__library__objects__name__tags__tag__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                tag: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TagRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_tag_owners__owner__libraries__library__objects__name__tags__tag__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                tag: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    used_by_owners__owner__libraries__library__objects__name__used_by_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsedByView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    validate_owners__owner__libraries__library__objects__name__validate_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValidateView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_versions_owners__owner__libraries__library__objects__name__versions_get: {
        parameters: {
            query?: {
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description `object`, or `object@tag`. */
                name: string;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forget_version_owners__owner__libraries__library__objects__name__versions__version__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: number;
                owner: string | null;
                library: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgottenView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_references_owners__owner__libraries__library__references_get: {
        parameters: {
            query?: {
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReferencePage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refer_owners__owner__libraries__library__references_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReferenceRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReferenceView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unrefer_owners__owner__libraries__library__references__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                library: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovedReference"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_batch_remote_batches_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCreated"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_batch_remote_batches__batch_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_batch_remote_batches__batch_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCancelled"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    batch_results_remote_batches__batch_id__results_get: {
        parameters: {
            query?: {
                /** @description The `next` of the answer before. */
                after?: number;
                wait?: number;
                order?: "index" | "done";
                limit?: number;
            };
            header?: never;
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs_remote_runs_get: {
        parameters: {
            query?: {
                /** @description One or several, with commas; also `active`, `ended`. */
                state?: string | null;
                object?: string | null;
                owner?: string | null;
                library?: string | null;
                machine?: string | null;
                caller?: string | null;
                /** @description Epoch milliseconds. */
                since?: number | null;
                /** @description Epoch milliseconds. */
                until?: number | null;
                batch?: string | null;
                q?: string | null;
                /** @description `-` in front begins with the largest or latest. */
                sort?: components["schemas"]["Sort"];
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_run_remote_runs_post: {
        parameters: {
            query?: {
                /** @description Seconds to wait for news before answering. */
                wait?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunView"];
                };
            };
            /** @description It has not ended. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_runs_remote_runs_bulk_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_runs_remote_runs_counts_get: {
        parameters: {
            query?: {
                object?: string | null;
                library?: string | null;
                /** @description Epoch milliseconds. */
                since?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Counts"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_run_remote_runs__run_id__get: {
        parameters: {
            query?: {
                /** @description Seconds to wait for news before answering. */
                wait?: number;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_artifacts_remote_runs__run_id__artifacts_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArtifactPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    announce_artifacts_remote_runs__run_id__artifacts_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Announcement"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wants"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_artifact_remote_runs__run_id__artifacts__name__get: {
        parameters: {
            query?: never;
            header?: {
                range?: string | null;
                "If-Range"?: string | null;
            };
            path: {
                run_id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_blob_remote_runs__run_id__blobs__sha256__get: {
        parameters: {
            query?: never;
            header?: {
                range?: string | null;
                "If-Range"?: string | null;
            };
            path: {
                run_id: string;
                /** @description The hash of the content, in lower case. */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_run_remote_runs__run_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_detail_remote_runs__run_id__detail_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetail"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow_run_remote_runs__run_id__events_get: {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
                /** @description Seconds to wait for news before answering. */
                wait?: number;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                    "text/event-stream": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_logs_remote_runs__run_id__logs_get: {
        parameters: {
            query?: {
                stream?: "stdout" | "stderr";
                offset?: number | null;
                /** @description The last lines, so many. */
                tail?: number | null;
                /** @description From this line on; 1 is the first. */
                line?: number | null;
                /** @description Bytes. */
                limit?: number;
                attempt?: number | null;
                /** @description Seconds to wait for news before answering. */
                wait?: number;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPiece"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    find_in_logs_remote_runs__run_id__logs_find_get: {
        parameters: {
            query: {
                text: string;
                stream?: "stdout" | "stderr";
                /** @description Behind this line. */
                after?: number;
                limit?: number;
                attempt?: number | null;
            };
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundLines"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_result_remote_runs__run_id__result_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_run_remote_runs__run_id__retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetryRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_remote_runs__run_id__start_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_session_session_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in_session_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_session_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_settings_settings_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_settings_settings_patch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sync_sync_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SyncRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_teams_teams_get: {
        parameters: {
            query?: {
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_team_teams_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamDetail"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_team_teams__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamDetail"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_team_teams__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_member_teams__name__members__user__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberPut"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_member_teams__name__members__user__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tokens_tokens_get: {
        parameters: {
            query?: {
                kind?: ("user" | "machine" | "subtoken" | "execution" | "enrolment") | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_token_tokens_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreated"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_token_tokens__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token_tokens__id__delete: {
        parameters: {
            query?: {
                reason?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_token_tokens__id__rotate_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRotate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreated"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_upload_uploads__upload_id__head: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_piece_uploads__upload_id__patch: {
        parameters: {
            query?: never;
            header: {
                "Upload-Offset": number;
                "Content-Digest"?: string | null;
            };
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users_users_get: {
        parameters: {
            query?: {
                /** @description Part of a name. */
                q?: string | null;
                /** @description How many items to give at most. */
                limit?: number;
                /** @description Where the page before ended: its `next`. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_user_users_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserCreated"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_user_users__name__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["daemon_server__identity__schemas__UserView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    version_version_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    whoami_whoami_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhoamiView"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
