-- From the region's agreements to those that match, each tested once for its regions.
WITH inside AS MATERIALIZED (
    SELECT DISTINCT j.agreement_id AS id FROM region r
    JOIN region_ancestor s ON s.ancestor_id = r.id JOIN agreement_region j ON j.region_id = s.region_id
    WHERE r.slug = :'region'
), matching AS MATERIALIZED (
    SELECT t.* FROM inside JOIN agreement t USING (id) WHERE t.kind = :'kind' AND (t.date_latest IS NULL OR t.date_latest >= :'from'::date) AND (t.date_earliest IS NULL OR t.date_earliest <= :'until'::date) AND t.date_edtf IS NOT NULL
)
SELECT json_build_object('agreements', json_build_object('totalCount', (SELECT count(*) FROM matching), 'nodes', (
    SELECT coalesce(json_agg(json_build_object(
        'id', node_id('Agreement', x.id), 'slug', x.slug, 'title', x.title->>x.original_language, 'kind', x.kind,
        'signedOn', CASE WHEN x.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', x.signed_on_edtf) END,
        'programs', json_build_object('nodes', (
            SELECT coalesce(json_agg(json_build_object('name', g.name)), '[]') FROM (
                SELECT p.name->>p.original_language AS name FROM agreement_program j JOIN program p ON p.id = j.program_id
                WHERE j.agreement_id = x.id ORDER BY p.sort_original, p.slug LIMIT 1
            ) g)))), '[]')
    FROM (SELECT * FROM matching ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20) x)))
