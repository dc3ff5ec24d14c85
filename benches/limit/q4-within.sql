-- The rows of the region's own index: counted in it, and cut to the page.
WITH matching AS (
    SELECT j.agreement_id, j.sort_date, j.slug FROM agreement_within j
    WHERE j.one_day AND j.region_id = (SELECT r.id FROM region r WHERE r.slug = :'region') AND j.kind = :'kind'
    AND j.sort_date >= :'from'::date AND j.sort_date <= :'until'::date
    UNION ALL
    SELECT j.agreement_id, j.sort_date, j.slug FROM agreement_within j
    WHERE NOT j.one_day AND j.region_id = (SELECT r.id FROM region r WHERE r.slug = :'region') AND j.kind = :'kind' AND j.date_edtf IS NOT NULL
    AND (j.date_latest IS NULL OR j.date_latest >= :'from'::date) AND (j.date_earliest IS NULL OR j.date_earliest <= :'until'::date)
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
        SELECT t.* FROM (SELECT agreement_id, sort_date, slug FROM matching ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20) m
        JOIN agreement t ON t.id = m.agreement_id ORDER BY m.sort_date DESC NULLS LAST, m.slug
    ) x)))
