-- What matches is found once, and both counted and cut to the page.
WITH matching AS MATERIALIZED (
    SELECT t.id, t.sort_date, t.slug FROM agreement t
    WHERE t.kind = :'kind' AND (t.date_latest IS NULL OR t.date_latest >= :'from'::date) AND (t.date_earliest IS NULL OR t.date_earliest <= :'until'::date) AND t.date_edtf IS NOT NULL
    AND t.id IN (SELECT j.agreement_id FROM agreement_region j
        JOIN region_ancestor s ON s.region_id = j.region_id JOIN region r ON r.id = s.ancestor_id
        WHERE r.slug = :'region')
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
    FROM (
        SELECT t.* FROM (SELECT id, sort_date, slug FROM matching ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20) m
        JOIN agreement t USING (id) ORDER BY m.sort_date DESC NULLS LAST, m.slug
    ) x)))
